"""The whole way at the true sizes: two public files, a gigabyte each, to frames of 1024 pixels."""

import json
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from reenact.media.pictures import write_picture
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER
from reenact.packs.pack import load_pack
from tests.support.full_size_files import write_best_model, write_restyle

MEMORY_GB = 4.0
FRAMES = 1
STEPS = 1  # of 5: each draws a picture of 1024 pixels, and five are held to torch when narrow

pytestmark = pytest.mark.slow


def reenact(*words: str | Path, packs: Path) -> float:
    """Run the command in a process of its own; returns the most memory it had, in GB."""
    child = subprocess.Popen(
        [sys.executable, "-m", "reenact", *map(str, words)],
        env={**os.environ, "REENACT_PACKS": str(packs)},
        stderr=subprocess.PIPE,
    )
    assert child.stderr is not None
    said = child.stderr.read().decode()
    child.stderr.close()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, said
    return usage.ru_maxrss * 1024 / 1e9


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the imported pack ffhq-1024, and how much memory that took."""
    folder = tmp_path_factory.mktemp("full-size")
    files = [write_best_model(folder / "one"), write_restyle(folder / "other")]
    used = reenact("models", "import", *files, packs=folder)
    (folder / "memory").write_text(str(used))
    for file in files:
        file.unlink()
    table = folder / "ffhq-1024" / "pack.json"
    content = json.loads(table.read_text())
    assert content["enrolment"]["steps"] == 5
    content["enrolment"]["steps"] = STEPS
    table.write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def driver(packs: Path) -> Path:
    """A clip of a few frames, of the bundled one."""
    info = probe_video(DRIVER)
    frames = list(islice(read_frames(DRIVER, info), FRAMES))
    with SegmentWriter(packs / "driver.mp4", info, quality=10) as writer:
        for frame in frames:
            writer.write(frame.image, frame.pts)
    write_picture(packs / "photo.png", frames[0].image)
    return packs / "driver.mp4"


def test_import_stays_within_its_memory(packs: Path) -> None:
    assert float((packs / "memory").read_text()) < MEMORY_GB


def test_a_person_is_enrolled_and_driven_at_1024_pixels(packs: Path, driver: Path) -> None:
    pack = packs / "ffhq-1024"
    reenact("identity", "add", "alice", driver.with_name("photo.png"), "--pack", pack, packs=packs)
    target = packs / "out.mp4"
    reenact("convert", driver, target, "--pack", pack, "--identity", "alice", packs=packs)

    made = load_pack(pack).cards["alice"].made
    frames = [frame.image for frame in read_frames(target, probe_video(target))]
    assert made["steps"] == STEPS
    assert [frame.shape for frame in frames] == [(1024, 1024, 3)] * FRAMES
    assert all(frame.std() > 5 for frame in frames)
