"""The commands of `make` as a program that needs a Python alone, so Windows has them too.

    python3 tools/make.py run       Linux and macOS, the same as `make run`
    py tools/make.py run            Windows

It installs reenact into .venv, in the exact versions of constraints.txt, when that has not been
done for these files yet. A Python too old for reenact, down to 3.7, can start it: it then looks for
a newer one and says what is needed when there is none. So it keeps to the grammar of 3.7.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PROGRAMS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = str(PROGRAMS / "python")
MADE_FROM = [Path(__file__).resolve(), ROOT / "pyproject.toml", ROOT / "constraints.txt"]
"""A change of one of these files installs anew."""

RUN_EXTRAS = ""
TEST_EXTRAS = "dev,train,export,camera,evaluate"

OLDEST, NEWEST = (3, 11), (3, 14)
NO_PYTHON = (
    "Python 3.11 to 3.14 is needed and none was found, so install one (Debian, Ubuntu: sudo "
    "apt-get install python3 python3-venv; macOS: brew install python@3.13; Windows: winget "
    "install Python.Python.3.13)."
)

LIBRARIES = {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0"}
"""Libraries that OpenCV loads from a Linux system, with their Debian packages."""
TEST_LIBRARIES = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}
"""Those that MediaPipe loads, with which the tests compare."""

PAGE = ROOT / "tools/javascript"
NO_NPM = "npm not found: the page's JavaScript was NOT checked (install Node.js 20 or newer)"

NOT_AUDITED = (
    "the audit has NOT passed: either a package named above has a hole, or no advisory database "
    "could be reached and NOTHING was audited"
)


class SetupError(Exception):
    """One sentence that says what is missing and how to get it."""


def main(words: list[str] | None = None) -> int:
    options = parse(words)
    os.chdir(ROOT)
    try:
        return int(options.command(options))
    except SetupError as error:
        print(f"reenact: {error}", file=sys.stderr)
        return 1


def parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Install, run, test and check reenact.")
    verbs = parser.add_subparsers(dest="verb")
    verbs.required = True
    verbs.add_parser("run", help="open a page on which your camera drives an avatar")
    demo = verbs.add_parser("demo", help="convert a video; the result lands in out/")
    demo.add_argument("--video", default="reenact/packs_data/driver.mp4", help="video to convert")
    demo.add_argument("--identity", help="name of the person who is shown")
    verbs.add_parser("test", help="run the tests")
    verbs.add_parser("check", help="check formatting, lint and types, of the page too")
    verbs.add_parser("audit", help="ask an advisory database about every pinned package")
    commands = {"run": run, "demo": demo_video, "test": test, "check": check, "audit": audit}
    options = parser.parse_args(words)
    options.command = commands[options.verb]
    return options


def run(options: argparse.Namespace) -> int:
    install(RUN_EXTRAS)
    return hand_over(["reenact", "serve", "--recordings", "out"])


def demo_video(options: argparse.Namespace) -> int:
    install(RUN_EXTRAS)
    target = Path("out", Path(options.video).stem)
    target.parent.mkdir(exist_ok=True)
    person = ["--identity", options.identity] if options.identity else []
    picture = ["--preview", f"{target}.png", "--force"]
    return hand_over(["reenact", "convert", options.video, f"{target}.mp4", *picture, *person])


def test(options: argparse.Namespace) -> int:
    install(TEST_EXTRAS)
    # The order of the files is that of conftest.py.
    spread = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    return hand_over(["python", "-m", "pytest", *spread, "--durations", "15"])


def check(options: argparse.Namespace) -> int:
    install(TEST_EXTRAS)
    lints = [["-m", "ruff", "format", "--check"], ["-m", "ruff", "check"], ["-m", "mypy"]]
    for tool in ([str(ROOT / "tools/security_floors.py")], *lints):
        status = subprocess.call([PYTHON, *tool])
        if status:
            return status
    return check_page()


def audit(options: argparse.Namespace) -> int:
    """Fails when a pinned package has a known hole, and when nobody could look."""
    install(TEST_EXTRAS)
    folder = VENV / "audit"  # of its own: what it needs would change the pinned packages
    programs = folder / PROGRAMS.name
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "pip-audit>=2.10,<3"]
    status = subprocess.call([PYTHON, "-m", "venv", str(folder)]) or subprocess.call(pip)
    if not status:
        words = ["--strict", "--no-deps", "--disable-pip", "--requirement", "constraints.txt"]
        status = subprocess.call([str(programs / "pip-audit"), *words])
    if status:
        print(NOT_AUDITED, file=sys.stderr)
    return status


def check_page() -> int:
    """Type-checks the page's JavaScript where Node.js is installed, and says so where it is not."""
    npm = shutil.which("npm")
    if npm is None:
        print(NO_NPM, file=sys.stderr)
        return 0
    if not is_newer(PAGE / "node_modules/.package-lock.json", [PAGE / "package-lock.json"]):
        fetched = subprocess.call([npm, "--prefix", str(PAGE), "ci", "--silent", "--no-audit"])
        if fetched:
            raise SetupError("npm could not fetch the type checker of the page, see above.")
    return subprocess.call([npm, "--prefix", str(PAGE), "--silent", "run", "check"])


def hand_over(command: list[str]) -> int:
    """Runs a program of .venv in place of this one, so that it alone hears Ctrl-C."""
    program = str(PROGRAMS / command[0])
    if not WINDOWS:
        sys.stdout.flush()
        os.execv(program, [program, *command[1:]])
    started = subprocess.Popen([program, *command[1:]])
    while True:
        try:
            return started.wait()
        except KeyboardInterrupt:
            continue  # the program has heard it too, and ends by itself


def install(extras: str) -> None:
    """Makes .venv and installs reenact with these extras, unless that is done."""
    stamp = VENV / f".ready-{extras.replace(',', '-') or 'to-run'}"
    if is_newer(stamp, MADE_FROM):
        return
    python = find_python(candidates())
    testing = "dev" in extras.split(",")
    require_system_packages(python, {**LIBRARIES, **(TEST_LIBRARIES if testing else {})})
    if testing:
        install_chromium()
    make_venv(python)
    install_packages(extras)
    stamp.write_text("")


def is_newer(path: Path, sources: list[Path]) -> bool:
    return path.is_file() and all(
        path.stat().st_mtime >= source.stat().st_mtime for source in sources
    )


def candidates(windows: bool = WINDOWS) -> list[list[str]]:
    """Commands that may start a fitting Python, 3.11 first: constraints.txt was made with it."""
    versions = [f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    launched = [["py", f"-{version}"] for version in versions] if windows else []
    named = [] if windows else [[f"python{version}"] for version in versions]
    return [*launched, *named, ["python3"], ["python"], [sys.executable]]


def find_python(commands: list[list[str]]) -> list[str]:
    """The first that fits. The program itself is asked: a name may have nothing behind it."""
    question = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    for command in commands:
        if succeeds([*command, "-c", question]):
            return command
    raise SetupError(NO_PYTHON)


def require_system_packages(python: list[str], libraries: dict[str, str]) -> None:
    """Installs what is missing, as root on Debian or Ubuntu; elsewhere names it."""
    missing = missing_packages(python, libraries)
    if missing and may_use_apt():
        apt_install(missing)
        missing = missing_packages(python, libraries)
    if missing:
        raise SetupError(f"system packages are missing, so run: {install_command(missing)}")


def missing_packages(python: list[str], libraries: dict[str, str]) -> list[str]:
    """Debian packages. libraries: the package of each library that must load."""
    venv = [] if succeeds([*python, "-c", "import ensurepip"]) else [f"{Path(python[0]).name}-venv"]
    linux = sys.platform.startswith("linux")
    return venv + [name for library, name in libraries.items() if linux and not loads(library)]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_command(packages: list[str]) -> str:
    return f"sudo apt-get install {' '.join(packages)} (the names of Debian and Ubuntu)"


def may_use_apt() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> None:
    """Does what it can; whether it was enough, the caller looks."""
    print("Installing system packages:", *packages, file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (
        ["update", "-qq"],
        ["install", "-qq", "-y", "--no-install-recommends", *packages],
    ):
        subprocess.call(["apt-get", *words], stdout=subprocess.DEVNULL, env=environment)


def install_chromium() -> None:
    """The browser of the page's tests; without it they are skipped, and say so."""
    if shutil.which("chromium") is None and may_use_apt():
        apt_install(["chromium"])
        if shutil.which("chromium") is None:
            print("chromium could not be installed: its tests are skipped", file=sys.stderr)


def make_venv(python: list[str]) -> None:
    if not succeeds([PYTHON, "-c", ""]):
        subprocess.call([*python, "-m", "venv", "--clear", str(VENV)])
    if not succeeds([PYTHON, "-m", "pip", "--version"]):
        raise SetupError(f"{' '.join(python)} could not make {VENV}, for the reason above.")


def install_packages(extras: str) -> None:
    print("Installing into .venv (a minute or two the first time) ...", file=sys.stderr)
    what = f".[{extras}]" if extras else "."
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*pip, "--constraint", "constraints.txt", "--editable", what]):
        raise SetupError(
            "pip could not install the packages, for the reason above; put it right and try again."
        )


def succeeds(command: list[str]) -> bool:
    quiet = subprocess.DEVNULL
    try:
        return subprocess.call(command, stdout=quiet, stderr=quiet) == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
