"""Folder of recordings: who may enter it, how much it may hold, and what a kill left in it."""

import logging
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reenact.media.files import translate_os_errors
from server.errors import RefusedError
from server.limits import RecordingLimits
from server.sessions.unfinished_recording import UnfinishedRecording

logger = logging.getLogger(__name__)

_OURS = re.compile(r"[0-9a-f]{32}(-\d+)?\.mp4|\.[0-9a-f]{32}\..*\.recording")
_GB = 1e9


class Recordings:
    """The last recording of each session; they stay when their session ends. Any thread."""

    def __init__(self, folder: Path, limits: RecordingLimits) -> None:
        """Make the folder, private, and finish what a kill left in it.

        Says what others may see in it, and what keeps it from taking recordings. Raises MediaError
        when it cannot be used.
        """
        self._folder, self.limits = folder, limits
        with translate_os_errors(folder, "cannot hold recordings"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _warn_if_open(folder)
            with tempfile.TemporaryDirectory(dir=folder, prefix="."):
                pass  # better now than when somebody records
            self._finish_left()
        if (full := self.reason_full()) is not None:
            logger.warning("nothing can be recorded: %s", full)

    def begin(self, id: str) -> UnfinishedRecording:
        """Begin one of session `id`. Raises RefusedError 507 where there is no room for it."""
        if (full := self.reason_full()) is not None:
            raise RefusedError(507, f"nothing can be recorded: {full}")
        try:
            return UnfinishedRecording.create(self._folder, id)
        except OSError as error:
            logger.warning("a recording cannot be begun: %s", error)
            reason = "the server cannot write recordings; its log says why"
            raise RefusedError(507, reason) from error

    def path(self, id: str) -> Path:
        """Where the recording of session `id` lies when it is whole."""
        return self._folder / f"{id}.mp4"

    def find_finished(self, id: str) -> Path | None:
        """The recording of session `id`, when it is whole."""
        path = self.path(id)
        return path if path.is_file() else None

    def reason_full(self) -> str | None:
        """Why no more may be recorded, as a phrase; None while there is room."""
        free, taken = shutil.disk_usage(self._folder).free, sum(self._sizes())
        least, most = self.limits.least_free_bytes, self.limits.most_bytes
        if free < least:
            return f"less than {least / _GB:g} GB is free on the server's disk"
        if taken >= most:
            return f"the server's recordings fill the {most / _GB:g} GB that they may take"
        return None

    def _sizes(self) -> Iterator[int]:
        """Bytes of all files of recordings, unfinished ones too."""
        for entry in self._folder.iterdir():
            if _OURS.fullmatch(entry.name):
                for file in entry.iterdir() if entry.is_dir() else [entry]:
                    try:
                        yield file.lstat().st_size
                    except FileNotFoundError:  # it just got its name
                        continue

    def _finish_left(self) -> None:
        for left in UnfinishedRecording.find(self._folder):
            path = self._free_path(left.id)
            try:
                kept = left.finish(path)
            except Exception:
                logger.exception("a recording that was cut off cannot be finished now")
                continue
            if kept:
                logger.warning("a recording that was cut off is kept as %s", path.name)

    def _free_path(self, id: str) -> Path:
        """A name that is not taken: the session may have finished another recording before."""
        path, number = self.path(id), 1
        while path.exists():
            number += 1
            path = self._folder / f"{id}-{number}.mp4"
        return path


def _warn_if_open(folder: Path) -> None:
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        logger.warning(
            "%s is open to other users of this machine, who see when something was recorded, but "
            "not what: close it with chmod 700 %s",
            folder,
            folder,
        )
