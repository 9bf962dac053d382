"""Checks of what a conversion needs, by trying it: pack, nets, face tracker, video."""

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import numpy as np

from reenact.errors import NoFaceError
from reenact.packs.installed import find_pack, list_packs
from reenact.packs.pack import Pack, load_pack

Wanted: TypeAlias = str | Path | None
"""A pack as a user names it: a folder, a name, or None for the bundled one."""


def check_pack(wanted: Wanted) -> str:
    """Read every file of the pack. Raises PackError when one is missing or damaged."""
    return _verify(load_pack(find_pack(wanted)))


def check_installed(name: str) -> str:
    """Read every file of the pack that is installed under `name`. Raises PackError."""
    return _verify(load_pack(list_packs()[name]))


def _verify(pack: Pack) -> str:
    pack.verify()
    people = f"{len(pack.identities)} identities"
    return f"{pack.name}, {people}, all {len(pack.files)} hashes are right"


def check_nets(wanted: Wanted, device: str) -> str:
    """Draw a picture with the nets of the pack. Raises PackError, EngineError."""
    from reenact.identities.identity import load_identity
    from reenact.pipeline import render_neutral
    from reenact.reenactor import Reenactor

    pack = load_pack(find_pack(wanted))
    reenactor = Reenactor(pack, device=device)
    try:
        for name in pack.identities[:1]:
            render_neutral(reenactor, load_identity(pack, name))
        return f"they run on {reenactor.device} (asked for: {device})"
    finally:
        reenactor.close()


def check_tracker(landmarker: Path | None) -> str:
    """Find the face in the bundled clip. Raises TrackerError, NoFaceError."""
    from reenact.face.align import FaceAligner
    from reenact.media.video_probe import probe_video
    from reenact.media.video_reader import read_frames
    from reenact.packs.bundled import DRIVER

    frame = next(read_frames(DRIVER, probe_video(DRIVER)))
    with FaceAligner(landmarker=landmarker) as aligner:
        if aligner.align(frame) is None:
            raise NoFaceError("it starts, but does not find the face in the bundled clip")
    return "finds the face in the bundled clip"


def check_video() -> str:
    """Write a frame and read it back. Raises MediaError, OSError."""
    from reenact.media.video_info import VideoInfo
    from reenact.media.video_probe import probe_video
    from reenact.media.video_writer import SegmentWriter

    one = VideoInfo(1, Fraction(1, 30), Fraction(30), tail=1, origin=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.mp4"
        with SegmentWriter(path, one, quality=18) as writer:
            writer.write(np.zeros((64, 64, 3), np.uint8), 0)
        probe_video(path)
    return "H.264 can be written and read"
