"""No command asks anybody anything: each runs in a network where every question is seen.

What is asked later is seen too: a library that reports keeps its reports in the home until it sends
them (ONNX Runtime after some seconds, when these commands have ended), so a home must stay empty.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.media.pictures import write_picture
from reenact.packs.bundled import DRIVER
from tests.support.faces import picture

ROOT = Path(__file__).parents[1]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0,
        reason="a network of its own needs Linux and root",
    ),
    pytest.mark.skipif(
        not (shutil.which("unshare") and shutil.which("ip")),
        reason="unshare or ip is missing: apt-get install util-linux iproute2",
    ),
]

REENACT = [sys.executable, "-m", "reenact"]
SERVE = """
import re, signal, subprocess, sys
words = [sys.executable, "-m", "reenact", "serve", "--loopback", "--port", "0", "--no-browser"]
service = subprocess.Popen([*words, "--drain", "0"], stdout=subprocess.PIPE, text=True)
assert re.match("http://127", service.stdout.readline())
service.send_signal(signal.SIGINT)
sys.exit(service.wait())
"""

EXTRAS = """
import filelock, numba, onnx_ir, onnxscript, pyvirtualcam, scipy.ndimage, skimage.data, tflite
import dlib, torch.onnx, export.to_onnx, export.landmarker
skimage.data.astronaut()
numba.njit(lambda number: number + 1)(torch.ones(1).item())
"""


def seen_of(folder: Path, *command: str, code: int = 0) -> list[str]:
    """Run `command` in a fresh home and a watched network: whom it asked for or connected to, and
    what it left in the home.
    """
    report, home = folder / "report.json", folder / "home"
    home.mkdir()
    own = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    watched = [sys.executable, "-m", "tests.support.watched_network", str(report), *command]
    run = subprocess.run(
        ["unshare", "--net", "--mount", *watched],
        env=own,  # without CI, which some libraries take for a reason to be silent
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stdout + run.stderr
    asked: list[str] = json.loads(report.read_text())
    left = (path.relative_to(home) for path in home.rglob("*") if path.is_file())
    return asked + [f"left {path}" for path in left]


def test_a_conversion_asks_nobody(tmp_path: Path) -> None:
    write_picture(tmp_path / "in.png", picture())

    convert = (*REENACT, "convert", str(tmp_path / "in.png"), str(tmp_path / "out.png"))
    assert seen_of(tmp_path, *convert) == []


def test_the_webcam_asks_nobody(tmp_path: Path) -> None:
    options = ("--source", str(DRIVER), "--no-window", "--seconds", "0.5")

    assert seen_of(tmp_path, *REENACT, "webcam", *options) == []


def test_the_doctor_asks_nobody(tmp_path: Path) -> None:
    assert seen_of(tmp_path, *REENACT, "doctor") == []


def test_the_service_asks_nobody(tmp_path: Path) -> None:
    assert seen_of(tmp_path, sys.executable, "-c", SERVE) == []


def test_the_extras_ask_nobody(tmp_path: Path) -> None:
    assert seen_of(tmp_path, sys.executable, "-c", EXTRAS) == []


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("socket.getaddrinfo('telemetry.example.org', 443)", "asked for telemetry.example.org"),
        ("socket.create_connection(('192.0.2.7', 443)).close()", "connected to port 443"),
        ("pathlib.Path.home().joinpath('reports.db').touch()", "left reports.db"),
    ],
    ids=["a name", "an address", "a report for later"],
)
def test_whoever_asks_is_seen(call: str, what: str, tmp_path: Path) -> None:
    assert what in seen_of(tmp_path, sys.executable, "-c", f"import pathlib, socket; {call}")
