"""reenact/webcam/y4m.py: what is read back is what was written, to the bit."""

import os
import threading
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.types import Image
from reenact.webcam.y4m import Y4mFile, Y4mPipe, y4m_sink
from tests.support.waiting import wait_until

SIZE = (18, 34)


def pictures(count: int) -> list[Image]:
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (*SIZE, 3)).astype(np.uint8) for _ in range(count)]


def planes(image: Image) -> bytes:
    return cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420).tobytes()


def decoded(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


def test_decoder_gets_exactly_what_was_written(tmp_path: Path) -> None:
    sink, shown = Y4mFile(tmp_path / "out.y4m"), pictures(3)
    sink.open(SIZE, 30000 / 1001)
    for number, image in enumerate(shown):
        sink.write(image, number * 1001 / 30000)
    sink.close()

    assert decoded(tmp_path / "out.y4m") == [planes(image) for image in shown]
    with av.open(str(tmp_path / "out.y4m")) as container:
        video = container.streams.video[0]
        assert (video.average_rate, video.height, video.width) == (Fraction(30000, 1001), *SIZE)


def test_late_picture_is_preceded_by_repeats_so_that_the_time_is_right(tmp_path: Path) -> None:
    sink, (first, second) = Y4mFile(tmp_path / "out.y4m"), pictures(2)
    sink.open(SIZE, 10)
    sink.write(first, 0.0)
    sink.write(second, 0.4)
    sink.close()

    assert decoded(tmp_path / "out.y4m") == [planes(first)] * 4 + [planes(second)]


def test_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    sink = Y4mFile(tmp_path / "out.y4m")
    sink.open(SIZE, 10)
    sink.write(pictures(1)[0], 0.0)
    assert not (tmp_path / "out.y4m").exists()

    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["out.y4m"]


def test_full_disk_leaves_no_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    sink = Y4mFile(tmp_path / "out.y4m")
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            sink.open(SIZE, 10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    sink.close()

    assert list(tmp_path.iterdir()) == []


def test_second_writer_of_a_file_is_refused(tmp_path: Path) -> None:
    one, other = Y4mFile(tmp_path / "out.y4m"), Y4mFile(tmp_path / "out.y4m")
    one.open(SIZE, 10)
    one.write(pictures(1)[0], 0.0)

    with pytest.raises(MediaError, match="another process is writing"):
        other.open(SIZE, 10)
    other.close()
    one.close()

    assert decoded(tmp_path / "out.y4m") == [planes(pictures(1)[0])]
    assert [path.name for path in tmp_path.iterdir()] == ["out.y4m"]


def test_link_in_the_place_of_an_unfinished_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("theirs")
    (tmp_path / ".out.y4m.partial").symlink_to("victim")
    sink = Y4mFile(tmp_path / "out.y4m")

    with pytest.raises(MediaError, match="is a link"):
        sink.open(SIZE, 10)
    sink.close()

    assert (tmp_path / "victim").read_text() == "theirs"


def test_existing_file_needs_force(tmp_path: Path) -> None:
    path = tmp_path / "mine.y4m"
    path.write_text("mine")

    with pytest.raises(MediaError, match="add --force"):
        y4m_sink(path)
    assert isinstance(y4m_sink(path, force=True), Y4mFile)


needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe.y4m")
    return tmp_path / "pipe.y4m"


@needs_pipes
def test_pipe_without_a_reader_holds_nobody_up(pipe: Path) -> None:
    sink = y4m_sink(pipe)
    assert isinstance(sink, Y4mPipe)
    sink.open(SIZE, 30)
    for image in pictures(100):
        sink.write(image, 0.0)
    sink.close()


@needs_pipes
def test_each_reader_of_a_pipe_gets_a_whole_stream(pipe: Path) -> None:
    sink, image = Y4mPipe(pipe), pictures(1)[0]
    sink.open(SIZE, 30)
    header = b"YUV4MPEG2 W34 H18 F30:1 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n"
    wanted = header + b"FRAME\n" + planes(image) + b"FRAME\n"
    for _ in range(2):
        got: list[bytes] = []

        def read(got: list[bytes] = got) -> None:
            with pipe.open("rb") as file:
                got.append(file.read(len(wanted)))

        reader = threading.Thread(target=read)
        reader.start()

        def is_read(got: list[bytes] = got) -> bool:
            sink.write(image, 0.0)
            return bool(got)

        wait_until(is_read)
        reader.join()

        def has_left() -> bool:
            sink.write(image, 0.0)
            return sink._pipe is None

        wait_until(has_left)
        assert got == [wanted]
    sink.close()


@needs_pipes
def test_reader_that_takes_nothing_is_let_go(pipe: Path) -> None:
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    sink = Y4mPipe(pipe, stall_s=0.01)
    sink.open(SIZE, 30)

    def is_let_go() -> bool:
        sink.write(pictures(1)[0], 0.0)
        return sink._pipe is None

    wait_until(is_let_go)
    os.close(reader)
