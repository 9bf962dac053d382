"""VP8 and H.264 encoders for a portrait at 30 frames a second: sharp, cheap, in true colours.

The option sets restate those of aiortc 1.16 (aiortc/codecs/vpx.py and h264.py, BSD 3-Clause,
Copyright (c) Jeremy Lainé), with the changes named at each class.
"""

import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.mediastreams import VIDEO_TIME_BASE, convert_timebase
from av.frame import Frame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

START_BPS, LEAST_BPS, MOST_BPS = 2_500_000, 1_000_000, 4_000_000
"""Bits a second for 512 x 512: 45 dB at the start, 42.8 and 47.5 at the ends."""

DOWN, UP, CALM_S = 0.85, 1.4, 2.0
"""A wish below 0.85 of the present rate is granted at once, one above 1.4 after 2 s of calm: every
change costs a key frame."""

_BT601 = 6  # AVColorSpace, AVColorPrimaries, AVColorTransferCharacteristic: SMPTE 170M
_LIMITED = 1  # AVColorRange: MPEG


class Bitrate:
    """The bitrate an encoder works with, which follows what the network allows in coarse steps."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = clock()
        self._wish = self.present = START_BPS

    @property
    def wish(self) -> int:
        """Bits a second that the network allows now, held between the least and the most."""
        return self._wish

    @wish.setter
    def wish(self, bits: int) -> None:
        self._wish = max(LEAST_BPS, min(bits, MOST_BPS))

    def update(self) -> bool:
        """Grant the wish when it is time; True when the present rate changed."""
        calm = self._clock() - self._changed >= CALM_S
        if self._wish < DOWN * self.present or (self._wish > UP * self.present and calm):
            self.present, self._changed = self._wish, self._clock()
            return True
        return False


class _SteadyEncoder:
    """What both encoders share: a bitrate in coarse steps, and the time of the last frame."""

    def __init__(self) -> None:
        super().__init__()
        self.bitrate = Bitrate()
        self.last_s = 0.0
        """Seconds that the last frame took."""
        self.rebuilt = 0
        """Times that the codec was opened."""
        self._context: VideoCodecContext | None = None

    @property
    def target_bitrate(self) -> int:
        """Bits a second; aiortc sets what the receiver says it can take."""
        return self.bitrate.wish

    @target_bitrate.setter
    def target_bitrate(self, bits: int) -> None:
        self.bitrate.wish = bits

    def _context_for(self, frame: av.VideoFrame) -> VideoCodecContext:
        """The open codec, or a new one where the size or the bitrate changed.

        The bitrate is compared with our own number: FFmpeg rounds `bit_rate`, so that comparing
        with it would reopen the codec for every frame.
        """
        changed = self.bitrate.update()
        context = self._context
        same = context is not None and (context.width, context.height) == (
            frame.width,
            frame.height,
        )
        if context is None or changed or not same:
            context = self._context = self._open(frame.width, frame.height)
            self.rebuilt += 1
        return context

    def _open(self, width: int, height: int) -> VideoCodecContext:
        raise NotImplementedError

    def _encode_timed(self, frame: Frame, force_keyframe: bool) -> tuple[bytes, int]:
        """The frame's bytes, and its stamp in 1/90000 s."""
        assert isinstance(frame, av.VideoFrame)
        start = time.perf_counter()
        stamp = convert_timebase(
            frame.pts or 0, frame.time_base or VIDEO_TIME_BASE, VIDEO_TIME_BASE
        )
        frame.pict_type = PictureType.I if force_keyframe else PictureType.NONE
        data = b"".join(bytes(packet) for packet in self._context_for(frame).encode(frame))
        self.last_s = time.perf_counter() - start
        return data, stamp


class SharpVp8Encoder(_SteadyEncoder, Vp8Encoder):
    """VP8 with its denoiser off: 5 dB more at 3 Mbit/s, a quarter less work."""

    def encode(self, frame: Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        data, stamp = self._encode_timed(frame, force_keyframe)
        payloads = self._packetize(data, self.picture_id)
        self.picture_id = (self.picture_id + 1) % (1 << 15)
        return payloads, stamp

    def _open(self, width: int, height: int) -> VideoCodecContext:
        context = av.CodecContext.create("libvpx", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.bit_rate = rate = self.bitrate.present
        # A finer quantiser than 8 (49 dB) shows nothing more, for twice the bytes.
        context.gop_size, context.qmin, context.qmax = 3000, 8, 56
        context.thread_count = 1  # two on two cores: three times the work, 100 ms at worst
        context.options = {
            "bufsize": str(rate),
            "cpu-used": "-12",
            "deadline": "realtime",
            "lag-in-frames": "0",
            "minrate": str(rate),
            "maxrate": str(rate),
            "noise-sensitivity": "0",
            "overshoot-pct": "15",
            "partitions": "0",
            "static-thresh": "1",
            "undershoot-pct": "100",
        }
        return context


class FastH264Encoder(_SteadyEncoder, H264Encoder):
    """H.264 at x264's "veryfast": a sixth of the work at the same quality.

    Marked BT.601 in limited range, without which Chromium shows wrong colours.
    """

    def encode(self, frame: Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        data, stamp = self._encode_timed(frame, force_keyframe)
        units: Iterator[bytes] = self._split_bitstream(data)
        return self._packetize(units), stamp

    def _open(self, width: int, height: int) -> VideoCodecContext:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.bit_rate = rate = self.bitrate.present
        context.gop_size = 3000
        context.framerate, context.time_base = Fraction(30), VIDEO_TIME_BASE
        context.thread_count = 1
        context.color_range, context.colorspace = _LIMITED, _BT601
        context.color_primaries = context.color_trc = _BT601
        context.options = {
            "bufsize": str(rate),
            "level": "31",
            "maxrate": str(rate),
            "preset": "veryfast",
            "tune": "zerolatency",
        }
        context.profile = "Baseline"
        return context
