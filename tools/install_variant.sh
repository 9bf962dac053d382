#!/bin/sh
# Installs reenact from this folder for one kind of machine, in the versions of constraints.txt.
# Usage: sh tools/install_variant.sh PYTHON cpu|cuda|tensorrt
set -eu
cd "$(dirname "$0")/.."
python=$1

install() {
    "$python" -m pip install --quiet --constraint constraints.txt "$@"
}

case $2 in
cpu) install . ;;
cuda) install '.[gpu]' ;;
tensorrt) install '.[gpu,tensorrt]' ;;
*)
    echo "the variant must be cpu, cuda or tensorrt, got $2" >&2
    exit 2
    ;;
esac

# onnxruntime and onnxruntime-gpu install the same module: the one that is wanted goes in last, alone.
if [ "$2" != cpu ]; then
    "$python" -m pip uninstall --quiet --yes onnxruntime onnxruntime-gpu
    install --no-deps onnxruntime-gpu
fi
