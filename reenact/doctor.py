"""`reenact doctor`: can this machine do the default job, on what, and if not, what to do."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import numpy as np

from engines.base import EngineError
from reenact.errors import ReenactError
from reenact.graphics_cards import has_nvidia_driver
from reenact.machine import Machine, this_machine
from reenact.pack_home import find_pack
from reenact.packs import load_pack

Wanted: TypeAlias = str | Path | None
"""A pack, as a user names it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. needed: without it, the default job cannot run."""

    name: str
    ok: bool
    detail: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class DoctorReport:
    machine: Machine
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether the default job, converting a video with the pack, can run."""
        return all(check.ok for check in self.checks if check.needed)

    def table(self) -> str:
        """For a terminal."""
        verdict = "ready to convert" if self.ok else "not ready to convert: see the lines marked NO"
        rows = [f"{_mark(check):<6}{check.name:<14}{check.detail}" for check in self.checks]
        return "\n".join([*self.machine.lines(), *rows, verdict])

    def to_json(self) -> str:
        return json.dumps({"ok": self.ok, **asdict(self)}, indent=2)


def run_doctor(
    *, pack: Wanted = None, device: str = "auto", landmarker: Path | None = None
) -> DoctorReport:
    """Look at everything a conversion needs; never raises for what it finds.

    pack: a folder, or the name of an installed pack; the bundled one when None.
    """
    checks = [
        _checked("pack", lambda: _look_at_pack(pack)),
        _checked("nets", lambda: _look_at_nets(pack, device)),
        _checked("face tracker", lambda: _look_at_tracker(landmarker)),
        _checked("video", _look_at_video),
    ]
    versions = this_machine().versions
    if {"onnxruntime", "onnxruntime-gpu"} <= versions.keys():
        checks.append(Check("onnxruntime", False, _TWO_RUNTIMES, needed=False))
    if has_nvidia_driver():
        checks.append(_checked("NVIDIA card", lambda: _look_at_cuda(pack), needed=False))
    return DoctorReport(this_machine(), tuple(checks))


_TWO_RUNTIMES = (
    "onnxruntime and onnxruntime-gpu are both installed and overwrite each other; "
    "pip uninstall -y onnxruntime onnxruntime-gpu, then install one of them"
)


def _mark(check: Check) -> str:
    if check.ok:
        return "ok"
    return "NO" if check.needed else "note"


def _checked(name: str, look: Callable[[], str], *, needed: bool = True) -> Check:
    try:
        return Check(name, True, look(), needed)
    except (ReenactError, EngineError, OSError) as error:
        return Check(name, False, str(error), needed)
    except ImportError as error:
        return Check(name, False, f"{error}; install what it names", needed)


def _look_at_pack(wanted: Wanted) -> str:
    pack = load_pack(find_pack(wanted))
    pack.verify()
    people = f"{len(pack.identities)} identities"
    return f"{pack.name}, {people}, all {len(pack.files)} hashes are right"


def _look_at_nets(wanted: Wanted, device: str) -> str:
    from reenact.identity import load_identity
    from reenact.reenactor import Reenactor

    pack = load_pack(find_pack(wanted))
    reenactor = Reenactor(pack, device=device)
    try:
        for name in pack.identities[:1]:
            rest = np.zeros((pack.rows, pack.width), np.float32)
            reenactor.render(load_identity(pack, name), rest)
        return f"ONNX Runtime runs them on {reenactor.device} (asked for: {device})"
    finally:
        reenactor.close()


def _look_at_cuda(wanted: Wanted) -> str:
    engine = load_pack(find_pack(wanted)).open("motion", "cuda")
    engine.close()
    return "used when the device is auto or cuda"


def _look_at_tracker(landmarker: Path | None) -> str:
    from reenact.align import FaceAligner
    from reenact.bench import DRIVER
    from reenact.errors import NoFaceError
    from reenact.video import probe_video, read_frames

    frame = next(read_frames(DRIVER, probe_video(DRIVER)))
    with FaceAligner(landmarker=landmarker) as aligner:
        if aligner.align(frame) is None:
            raise NoFaceError("it starts, but does not find the face in the bundled clip")
    return "finds the face in the bundled clip"


def _look_at_video() -> str:
    from reenact.video import VideoInfo, probe_video
    from reenact.video_sink import SegmentWriter

    one = VideoInfo(1, Fraction(1, 30), Fraction(30), tail=1, origin=0, audio=())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.mp4"
        with SegmentWriter(path, one, quality=18) as writer:
            writer.write(np.zeros((64, 64, 3), np.uint8), 0)
        probe_video(path)
    return "H.264 can be written and read"
