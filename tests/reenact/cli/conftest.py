"""A driver's face and clip, and a pack to drive, for the tests of all verbs."""

from itertools import islice

import pytest

from reenact.media.pictures import write_picture
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER
from tests.support.fakes import write_pack


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_pack(tmp_path_factory.mktemp("pack")))


@pytest.fixture(scope="session")
def face(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A picture of a real face."""
    path = tmp_path_factory.mktemp("face") / "face.png"
    write_picture(path, next(read_frames(DRIVER, probe_video(DRIVER))).image)
    return str(path)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Five frames of a real face."""
    path, info = tmp_path_factory.mktemp("clip") / "clip.mp4", probe_video(DRIVER)
    with SegmentWriter(path, info, quality=18) as writer:
        for frame in islice(read_frames(DRIVER, info), 5):
            writer.write(frame.image, frame.pts)
    return str(path)
