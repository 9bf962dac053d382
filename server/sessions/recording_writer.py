"""Encoder of a recording: a fragmented mp4, which can be played as far as it is written."""

from fractions import Fraction
from types import TracebackType
from typing import Any, BinaryIO, Self

import av
import numpy as np

from server.webrtc.yuv import Yuv, video_frame

GAP_S = 0.06
"""Seconds by which sound may be off against its arrival before it is put where it belongs."""

_TICK = Fraction(1, 90000)
_SOUND_HZ = 48000
_BEHIND_S = 2.0
"""Seconds that one stream may be behind the other before it is filled up: the muxer keeps all that
comes until there is something of both. Pictures and sound of one moment come closer together."""
_FRAGMENTED = {
    "movflags": "delay_moov+default_base_moof",  # the index follows a second of both streams
    "frag_duration": "1000000",  # in microseconds: what a kill may cost
    "flush_packets": "1",
}


class RecordingWriter:
    """Writes pictures and sound into an open file. A context manager; raises what PyAV raises.

    All streams exist from the beginning, since mp4 takes none later.
    """

    def __init__(self, file: BinaryIO, start: float, *, sound: bool) -> None:
        """start: time zero, by time.monotonic(). sound: whether there will be any."""
        self._container = av.open(file, "w", format="mp4", options=_FRAGMENTED)
        self._start = start
        self._video = self._container.add_stream("libx264", rate=30)
        self._video.width = self._video.height = 512
        self._video.pix_fmt = "yuv420p"
        self._video.codec_context.time_base = _TICK
        self._video.options = {"preset": "veryfast", "crf": "20", "tune": "zerolatency"}
        self._audio = self._container.add_stream("aac", rate=_SOUND_HZ) if sound else None
        self._resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_SOUND_HZ)
        self._shown: Yuv | None = None
        self._last_picture = -1
        self._next_sample = 0

    @property
    def empty(self) -> bool:
        """Whether no picture was written."""
        return self._shown is None

    def show(self, yuv: Yuv, moment: float) -> None:
        """Write a picture, (768, 512), of a time by time.monotonic()."""
        self._write_picture(yuv, moment - self._start)
        if self._audio is not None:
            self._write_silence(moment - self._start - _BEHIND_S)

    def hear(self, source: Any, moment: float) -> None:
        """Write a frame of sound, of a time by time.monotonic(); what precedes pictures is left."""
        if self._audio is None or self.empty:
            return
        source.pts = None
        for frame in self._resampler.resample(source):
            self._write_sound(frame, round((moment - self._start) * _SOUND_HZ))
        last_s = float(self._last_picture * _TICK)
        if self._shown is not None and moment - self._start - last_s > _BEHIND_S:
            self._write_picture(self._shown, last_s + _BEHIND_S / 2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if error is None and not self.empty:
                self._container.mux(self._video.encode(None))
                if self._audio is not None:
                    self._container.mux(self._audio.encode(None))
        finally:
            self._container.close()

    def _write_picture(self, yuv: Yuv, seconds: float) -> None:
        frame = video_frame(yuv)
        pts = max(round(seconds / _TICK), self._last_picture + 1)
        frame.pts, frame.time_base = pts, _TICK
        self._shown, self._last_picture = yuv, pts
        self._container.mux(self._video.encode(frame))

    def _write_sound(self, frame: av.AudioFrame, here: int) -> None:
        """here: the sample at which the frame belongs."""
        assert self._audio is not None
        if here - self._next_sample > GAP_S * _SOUND_HZ:
            self._next_sample = here
        elif self._next_sample - here > GAP_S * _SOUND_HZ:
            return  # what was written so far is too long already
        frame.pts, frame.time_base = self._next_sample, Fraction(1, _SOUND_HZ)
        self._next_sample += frame.samples
        self._container.mux(self._audio.encode(frame))

    def _write_silence(self, until_s: float) -> None:
        missing = round(until_s * _SOUND_HZ) - self._next_sample
        if missing <= 0:
            return
        silence = av.AudioFrame.from_ndarray(
            np.zeros((2, missing), np.float32), format="fltp", layout="stereo"
        )
        silence.sample_rate = _SOUND_HZ
        self._write_sound(silence, self._next_sample)
