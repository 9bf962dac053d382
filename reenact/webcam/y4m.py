"""YUV4MPEG2: raw video as a file or through a named pipe, for players, encoders and browsers.

https://wiki.multimedia.cx/index.php/YUV4MPEG2. Chromium takes such a file for a camera with
--use-fake-device-for-media-stream --use-file-for-fake-video-capture=FILE.
"""

import os
import select
import time as clock
from contextlib import ExitStack
from fractions import Fraction
from io import FileIO
from pathlib import Path

import cv2

from reenact.errors import MediaError
from reenact.media.claimed_folder import claim_folder, clear_folder
from reenact.types import Image
from reenact.webcam.sinks import FrameSink

STALL_S = 1.0
"""Seconds after which a reader of the pipe that takes nothing is dropped."""


def y4m_sink(path: Path, *, force: bool = False) -> FrameSink:
    """A pipe where `path` is one, else a file. Raises MediaError when a file is there already."""
    if path.is_fifo():
        return Y4mPipe(path)
    if path.exists() and not force:
        raise MediaError(f"{path} exists already: name another, or add --force")
    return Y4mFile(path)


class Y4mFile:
    """A y4m file. Pictures that were written late are repeated, so that it keeps the time.

    The file appears under its name when it is closed, whole or, without any picture, not at all.
    `open` raises MediaError when another process writes the same one.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._claim = path, ExitStack()
        self._file: FileIO | None = None
        self._count = 0
        self._last = b""
        self._is_torn = False

    def open(self, size: tuple[int, int], fps: float) -> None:
        self._fps = fps
        folder = self._claim.enter_context(claim_folder(self._path))
        clear_folder(folder)
        self._unfinished = folder / "film.y4m"
        self._file = self._unfinished.open("wb", buffering=0)
        self._put(_header(size, fps))

    def write(self, image: Image, time: float) -> None:
        while self._last and self._count < round(time * self._fps):
            self._append(self._last)
        self._last = _frame(image)
        self._append(self._last)

    def close(self) -> None:
        with self._claim:
            if self._file is None:
                return
            self._file.close()
            self._file = None
            if self._is_torn or not self._count:
                self._unfinished.unlink()
            else:
                self._unfinished.replace(self._path)

    def _append(self, frame: bytes) -> None:
        self._put(frame)
        self._count += 1

    def _put(self, data: bytes) -> None:
        assert self._file is not None, "opened before"
        self._is_torn, rest = True, memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._is_torn = False


class Y4mPipe:
    """A named pipe: a reader gets what is written from then on, and there need not be one."""

    def __init__(self, path: Path, *, stall_s: float = STALL_S) -> None:
        self._path, self._stall_s = path, stall_s
        self._pipe: int | None = None

    def open(self, size: tuple[int, int], fps: float) -> None:
        self._header = _header(size, fps)

    def write(self, image: Image, time: float) -> None:
        try:
            if self._pipe is None:
                self._pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
                self._send(self._header)
            self._send(_frame(image))
        except OSError:  # nobody reads yet, no more, or not for long
            self.close()

    def close(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _send(self, data: bytes) -> None:
        assert self._pipe is not None, "opened before"
        rest, end = memoryview(data), clock.monotonic() + self._stall_s
        while rest:
            _, ready, _ = select.select([], [self._pipe], [], max(end - clock.monotonic(), 0.0))
            if not ready:
                raise TimeoutError
            rest = rest[os.write(self._pipe, rest) :]


def _header(size: tuple[int, int], fps: float) -> bytes:
    height, width = size
    rate = Fraction(fps).limit_denominator(1001)
    about = f"W{width} H{height} F{rate.numerator}:{rate.denominator} Ip A1:1 C420jpeg"
    return f"YUV4MPEG2 {about} XCOLORRANGE=LIMITED\n".encode()


def _frame(image: Image) -> bytes:
    """BT.601 in limited range, 4:2:0: what every reader takes y4m for."""
    return b"FRAME\n" + cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420).tobytes()
