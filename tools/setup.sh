#!/bin/sh
# Makes .venv and installs reenact there, in the exact versions of constraints.txt.
# Usage: sh tools/setup.sh [EXTRAS]   for example: sh tools/setup.sh dev,train,export
# It needs nothing but a Python; a missing system package it installs (as root on Debian or
# Ubuntu) or names, in one sentence with the command.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "reenact setup: $*" >&2
    exit 1
}

find_python() {
    # 3.11 comes first: constraints.txt was made with it. "Works" is asked of the program itself,
    # as a version manager leaves names on the path behind which there is nothing.
    for candidate in python3.11 python3.12 python3.13 python3.14 python3 python; do
        if "$candidate" -c \
            'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

missing_packages() {
    # Debian names of what OpenCV and MediaPipe load from the system, and of Python's venv.
    "$python" -c 'import ensurepip' 2>/dev/null || echo "$python-venv"
    [ "$(uname -s)" = Linux ] || return 0
    "$python" - <<'END'
import ctypes
needed = {
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
}
for library, package in needed.items():
    try:
        ctypes.CDLL(library)
    except OSError:
        print(package)
END
}

python=$(find_python)
[ -n "$python" ] || fail "Python 3.11 to 3.14 is needed and none was found, so install one \
(Debian, Ubuntu: sudo apt-get install python3 python3-venv; macOS: brew install python@3.13)."

packages=$(missing_packages)
if [ -n "$packages" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing system packages:" $packages >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true
    apt-get install -qq -y --no-install-recommends $packages >/dev/null || true
    packages=$(missing_packages)
fi
[ -z "$packages" ] || fail "system packages are missing, so run: sudo apt-get install" $packages

# The tests of the page want a browser; where none can be had they are skipped, and say so.
case ",${1:-}," in *,dev,*)
    if ! command -v chromium >/dev/null && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "Installing system package: chromium" >&2
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq || true
        apt-get install -qq -y --no-install-recommends chromium >/dev/null ||
            echo "reenact setup: chromium could not be installed, so its tests are skipped" >&2
    fi
esac

.venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
echo "Installing into .venv (a minute or two the first time) ..." >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --constraint constraints.txt --editable ".${1:+[$1]}" ||
    fail "pip could not install the packages, for the reason above; put it right and try again."
