"""Recordings of a room's pictures and sound, which stay together whatever the nets take.

Both are stamped by when their cause arrived: the driver's frame, the driver's packet of sound.
"""

import logging
import queue
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer

from reenact.errors import MediaError
from reenact.media.files import whole_file
from server.errors import RefusedError
from server.webrtc.yuv import Picture, video_frame

logger = logging.getLogger(__name__)

_TICK = Fraction(1, 90000)
_SOUND_HZ = 48000
_WAITING = 200
"""Frames of either kind: seconds of them. Full means that the disk or the processor is too slow."""

JITTER_BUFFER_S = 0.08
"""Seconds after its packet that aiortc hands out sound: it waits for four more of 20 ms."""

GAP_S = 0.06
"""Seconds by which sound may be off against its arrival before it is put where it belongs."""


class Recorder:
    """Writes an mp4 on a thread of its own; `show` and `hear` never block.

    The file appears under its name when it is whole.
    """

    def __init__(self, path: Path, *, sound: bool = True, most_s: float = 600.0) -> None:
        """sound: whether there will be any. most_s: seconds, after which all is left out."""
        self.path = path
        self.dropped = 0
        """Frames that came while too many waited."""
        self._most_s, self._sound = most_s, sound
        self._waiting: queue.Queue[tuple[str, Any, float] | None] = queue.Queue(_WAITING)
        self._error: Exception | None = None
        self.started = time.monotonic()
        """Its time zero, by time.monotonic()."""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def show(self, picture: Picture) -> None:
        """Record a picture at the time at which its driver's frame came. Any thread."""
        self._put(("video", picture.yuv, picture.arrived))

    def hear(self, frame: Any, arrived: float) -> None:
        """Record a frame of sound. Any thread."""
        self._put(("audio", frame, arrived - JITTER_BUFFER_S))

    def close(self) -> Path:
        """Finish the file, which may take a second. Raises MediaError when that failed."""
        self._waiting.put(None)
        self._thread.join()
        if self._error is not None:
            raise MediaError(
                f"{self.path} could not be recorded ({self._error}); is there room on the disk?"
            ) from self._error
        return self.path

    def _put(self, item: tuple[str, Any, float]) -> None:
        if not 0 <= item[2] - self.started < self._most_s:
            return
        try:
            self._waiting.put_nowait(item)
        except queue.Full:
            self.dropped += 1

    def _run(self) -> None:
        items = iter(self._waiting.get, None)  # ends for good with the None of `close`
        try:
            with (
                whole_file(self.path) as fresh,
                av.open(str(fresh), "w", format="mp4") as container,
            ):
                writer = _Writer(container, self.started, sound=self._sound)
                for item in items:
                    writer.write(*item)
                writer.finish()
        except Exception as error:  # told to whoever closes
            logger.exception("a recording failed")
            self._error = error
            for _ in items:
                pass


class _Writer:
    """All streams exist from the beginning, since mp4 takes none later."""

    def __init__(self, container: OutputContainer, start: float, *, sound: bool) -> None:
        self._container, self._start = container, start
        self._video = container.add_stream("libx264", rate=30)
        self._video.width = self._video.height = 512
        self._video.pix_fmt = "yuv420p"
        self._video.codec_context.time_base = _TICK
        self._video.options = {"preset": "veryfast", "crf": "20", "tune": "zerolatency"}
        self._audio = container.add_stream("aac", rate=_SOUND_HZ) if sound else None
        self._resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_SOUND_HZ)
        self._last_picture = -1
        self._next_sample: int | None = None

    def write(self, kind: str, frame: Any, moment: float) -> None:
        (self._write_picture if kind == "video" else self._write_sound)(frame, moment)

    def finish(self) -> None:
        self._container.mux(self._video.encode(None))
        if self._audio is not None:
            self._container.mux(self._audio.encode(None))

    def _write_picture(self, yuv: Any, moment: float) -> None:
        frame = video_frame(yuv)
        pts = max(round((moment - self._start) / _TICK), self._last_picture + 1)
        self._last_picture = frame.pts = pts
        frame.time_base = _TICK
        self._container.mux(self._video.encode(frame))

    def _write_sound(self, source: Any, moment: float) -> None:
        if self._audio is None:
            return
        source.pts = None
        for frame in self._resampler.resample(source):
            here = round((moment - self._start) * _SOUND_HZ)
            if self._next_sample is None or here - self._next_sample > GAP_S * _SOUND_HZ:
                self._next_sample = max(here, 0)
            elif self._next_sample - here > GAP_S * _SOUND_HZ:
                continue  # what was written so far is too long already
            frame.pts, frame.time_base = self._next_sample, Fraction(1, _SOUND_HZ)
            self._next_sample += frame.samples
            self._container.mux(self._audio.encode(frame))


class Recordings:
    """The folder of recordings, the last one of each session; they stay when their session ends."""

    def __init__(self, folder: Path | None) -> None:
        """folder: made when it is needed; None for a server that records nothing."""
        self._folder = folder

    def path(self, id: str) -> Path:
        """Where to write one of session `id`. Raises RefusedError where nothing is recorded."""
        if self._folder is None:
            raise RefusedError(
                409, "this server does not record; start it with --recordings FOLDER"
            )
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder / f"{id}.mp4"

    def find_finished(self, id: str) -> Path | None:
        """The recording of session `id`, when it is whole."""
        if self._folder is None:
            return None
        path = self._folder / f"{id}.mp4"
        return path if path.is_file() else None
