"""Unfinished recording: a private folder beside the recording's name, which outlives a kill."""

import logging
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self

import av
from av.container import InputContainer

logger = logging.getLogger(__name__)

_SUFFIX = ".recording"
_NAME = re.compile(r"\.[0-9a-f]{32}\.[^.]+\.recording")
_FRAGMENTS, _WHOLE = "running.mp4", "whole.mp4"


class UnfinishedRecording:
    """Holds what is written of one recording until it gets its name.

    Others can neither read it nor foretell its place, and no second service takes it for one that
    a kill left: its file stays open and locked.
    """

    def __init__(self, folder: Path, file: BinaryIO) -> None:
        """folder: its private one. file: what is written, open and locked."""
        self._folder, self.file = folder, file
        self.id = folder.name.split(".")[1]
        """Id of the session."""

    @classmethod
    def create(cls, folder: Path, id: str) -> Self:
        """Begin one of session `id` in the recordings' folder. Raises OSError."""
        own = Path(tempfile.mkdtemp(dir=folder, prefix=f".{id}.", suffix=_SUFFIX))
        file = _open(own / _FRAGMENTS, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        _lock(file)
        return cls(own, file)

    @classmethod
    def find(cls, folder: Path) -> Iterator[Self]:
        """Those in the recordings' folder that nobody writes any more. Raises OSError."""
        for own in sorted(folder.iterdir()):
            if not _NAME.fullmatch(own.name) or not _is_ours(own):
                continue
            try:
                file = _open(own / _FRAGMENTS, os.O_RDWR)
            except FileNotFoundError:  # killed before the first byte
                shutil.rmtree(own, ignore_errors=True)
                continue
            if _lock(file):
                yield cls(own, file)
            else:
                file.close()

    def finish(self, path: Path) -> bool:
        """Give it its name, `path`; False when it holds no picture, and nothing is left of it.

        Where there is no room for a copy whose index stands at its beginning, the fragments
        themselves get the name: every player takes them, but seeks more slowly.
        """
        fragments, whole = self._folder / _FRAGMENTS, self._folder / _WHOLE
        try:
            _open(whole, os.O_RDWR | os.O_CREAT | os.O_TRUNC).close()
            pictures = _copy_packets(fragments, whole)
        except OSError as error:
            logger.warning("a recording keeps its fragments: %s", error.strerror or error)
            pictures, whole = 1, fragments
        finally:
            self.file.close()
        if pictures:
            whole.replace(path)
        shutil.rmtree(self._folder, ignore_errors=True)
        return pictures > 0


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, and no link, that this user made."""
    facts = folder.lstat()
    mine = os.name != "posix" or facts.st_uid == os.geteuid()
    return stat.S_ISDIR(facts.st_mode) and mine


def _open(path: Path, flags: int) -> BinaryIO:
    """A file of ours alone, through no link, without a buffer of Python's."""
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags | safe, 0o600), "r+b", buffering=0)


def _lock(file: BinaryIO) -> bool:
    """Whether nobody else has the file locked; a disk that knows no locks has none."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 30)  # far behind the data: there a lock also keeps readers away
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True


def _copy_packets(source: Path, target: Path) -> int:
    """Write the whole packets of a fragmented file as an ordinary one; the number of pictures.

    A file that was cut is read up to there. Raises OSError when one cannot be read or written.
    """
    try:
        fragments = av.open(str(source), format="mp4")
    except (av.error.InvalidDataError, av.error.EOFError):  # cut within its first fragment
        return 0
    options = {"movflags": "faststart"}
    pictures = 0
    with fragments, av.open(str(target), "w", format="mp4", options=options) as whole:
        known = [stream for stream in fragments.streams if stream.codec_context is not None]
        copies = {stream.index: whole.add_stream_from_template(stream) for stream in known}
        for packet in _whole_packets(fragments):
            if packet.stream.index in copies:
                pictures += packet.stream.type == "video"
                packet.stream = copies[packet.stream.index]
                whole.mux(packet)
    return pictures


def _whole_packets(container: InputContainer) -> Iterator["av.Packet[Any]"]:
    packets = container.demux()
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.InvalidDataError, av.error.EOFError):
            return
        if packet.dts is not None and not packet.is_corrupt:
            yield packet
