"""Makes the vendored face nets, two ONNX files, from the mediapipe 0.10.21 wheel.

Later wheels ship no model files. Nothing is trained or altered: the operators are translated one by
one (`export/landmarker.py`), the weights stay as they are, in half precision. Needs the `export`
extra.

    python tools/make_landmarker.py [FOLDER] [--wheel mediapipe-0.10.21-....whl]
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from export.landmarker import translate_detector, translate_landmark_net
from reenact.packs.bundled import FACE_DETECTOR, FACE_LANDMARKS

WHEEL = "mediapipe==0.10.21"
PLATFORM = "manylinux_2_28_x86_64"  # any platform would do: only data files are taken
MODULES = "mediapipe/modules/"
DETECTOR = MODULES + "face_detection/face_detection_short_range.tflite"
MESH = MODULES + "face_landmark/face_landmark_with_attention.tflite"
SHA256 = {
    DETECTOR: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    MESH: "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4",
}


def make_nets(wheel: Path) -> dict[str, bytes]:
    """The bytes of both files by their names, the same for every run.

    Raises ValueError when the wheel's nets are not those of mediapipe 0.10.21.
    """
    with zipfile.ZipFile(wheel) as archive:
        nets = {name: archive.read(name) for name in SHA256}
    for name, net in nets.items():
        if (came := hashlib.sha256(net).hexdigest()) != SHA256[name]:
            raise ValueError(f"{name} must have SHA-256 {SHA256[name]}, got {came}; use {WHEEL}")
    models = {
        FACE_DETECTOR.name: translate_detector(nets[DETECTOR]),
        FACE_LANDMARKS.name: translate_landmark_net(nets[MESH]),
    }
    return {name: model.SerializeToString(deterministic=True) for name, model in models.items()}


def download_wheel(folder: Path) -> Path:
    """The pinned wheel, fetched by pip into `folder`."""
    pip = [sys.executable, "-m", "pip", "download", WHEEL, "--no-deps", "--only-binary=:all:"]
    target = ["--python-version", "311", "--platform", PLATFORM, "--dest", str(folder)]
    subprocess.run([*pip, *target, "--quiet"], check=True)
    return next(folder.glob("mediapipe-*.whl"))


def main() -> None:
    parser = argparse.ArgumentParser(description="make the face nets from the pinned wheel")
    parser.add_argument("folder", type=Path, nargs="?", default=FACE_DETECTOR.parent)
    parser.add_argument("--wheel", type=Path, help=f"a downloaded wheel of {WHEEL}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        nets = make_nets(arguments.wheel or download_wheel(Path(folder)))
    for name, data in nets.items():
        target = arguments.folder / name
        target.write_bytes(data)
        print(f"{target}: SHA-256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
