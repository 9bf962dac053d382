"""Decoding of what a peer sends: sizes are read first, few frames wait, the thread is never joined.

It takes the place of aiortc's, whose queue is unbounded and whose thread is joined on the event
loop: a frame of a kilobyte may claim 16383 x 16383 pixels, which took its decoder 1.5 s and 0.4 GB
each time before it failed.
"""

import asyncio
import logging
import queue
import re
import threading
from typing import Any

from aiortc import RTCRtpReceiver
from aiortc.codecs import get_decoder

from server.limits import Limits

logger = logging.getLogger(__name__)

_LIMITS = Limits()
_H264_KEY = re.compile(rb"\x00\x00\x01[\x25\x45\x65\x27\x47\x67]")  # an IDR slice, or an SPS


class FrameQueue(queue.Queue[Any]):
    """Frames that wait for one receiver's decoder: few, and of a size that may be decoded.

    `put` belongs to the event loop, `get` to the decoder's thread; neither blocks the loop.
    """

    def __init__(self, kind: str, lost: threading.Event) -> None:
        """kind: "audio" or "video". lost: set to ask the sender for a whole picture."""
        super().__init__()
        self._kind, self._lost = kind, lost
        self._needs_key = False
        self.failed = 0
        """Frames that could not be decoded."""
        self.failed_in_a_row = 0
        """Of these, those since the last that could."""
        self.refused: str | None = None
        """Why this peer's frames are not decoded, as a sentence; None while they are."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Queue a frame, or drop it. None, the end, takes the place of all that wait."""
        if item is None:
            with self.mutex:
                self.queue.clear()
            super().put(None)
        elif self._kind == "audio":
            if self.qsize() < _LIMITS.frames_waiting:
                super().put(item)
        elif self._accepts(item[0].name, item[1].data):
            super().put(item)

    def note(self, error: Exception | None) -> None:
        """Count a frame that was decoded or, with an error, could not be."""
        if error is None:
            self.failed_in_a_row = 0
            return
        self.failed += 1
        self.failed_in_a_row += 1
        self._lost.set()
        if self.failed_in_a_row == 1:
            logger.warning("a frame could not be decoded (%s)", type(error).__name__)

    def _accepts(self, codec: str, data: bytes) -> bool:
        width, height = read_vp8_size(data) if codec == "VP8" else (0, 0)
        if width * height > _LIMITS.coded_pixels:
            self.refused = (
                f"the camera sends {width} x {height} pixels, which is more than "
                f"{_LIMITS.coded_pixels}; choose a smaller size"
            )
            return False
        if self.qsize() >= _LIMITS.frames_waiting:
            self._needs_key = True
        elif self._needs_key and is_key(codec, data):
            self._needs_key = False
        if self._needs_key:
            self._lost.set()
        return not self._needs_key


def read_vp8_size(data: bytes) -> tuple[int, int]:
    """Width and height that a VP8 key frame claims (RFC 6386, section 9.1); zeros in any other."""
    if not is_key("VP8", data) or len(data) < 10:
        return 0, 0
    sizes = [int.from_bytes(data[place : place + 2], "little") & 0x3FFF for place in (6, 8)]
    return sizes[0], sizes[1]


def is_key(codec: str, data: bytes) -> bool:
    """Whether a frame of VP8 or H.264 can be decoded without those before it."""
    if codec == "VP8":
        return data[:1] != b"" and not data[0] & 1
    return _H264_KEY.search(data) is not None


def decode_frames(
    loop: asyncio.AbstractEventLoop,
    frames: FrameQueue,
    pictures: "asyncio.Queue[Any]",
    lost: threading.Event,
) -> None:
    """Decode `frames` to their end, on a thread of its own; None follows the last picture."""
    codec_name, decoder = "", None
    while (item := frames.get()) is not None:
        codec, frame = item
        try:
            if decoder is None or codec.name != codec_name:
                decoder, codec_name = open_decoder(codec), codec.name
            decoded = decoder.decode(frame)
        except Exception as error:  # noqa: BLE001 - anything may come, and the next may be right
            frames.note(error)
            continue
        frames.note(None)
        for picture in decoded:
            _hand(loop, pictures, picture)
    _hand(loop, pictures, None)


def open_decoder(codec: Any) -> Any:
    """aiortc's decoder, which refuses larger pictures than `Limits.coded_pixels`."""
    decoder: Any = get_decoder(codec)
    if codec.name in ("VP8", "H264"):
        # FFmpeg compares this with the size in H.264's parameter sets before it takes memory. VP8
        # is decoded by libvpx, which takes it first: hence `read_vp8_size`.
        decoder.codec.options = {"max_pixels": str(_LIMITS.coded_pixels)}
    return decoder


def frames_of(receiver: RTCRtpReceiver) -> FrameQueue:
    """The frames that wait for the receiver's decoder."""
    frames = receiver._RTCRtpReceiver__decoder_queue  # type: ignore[attr-defined]
    assert isinstance(frames, FrameQueue)
    return frames


def _hand(loop: asyncio.AbstractEventLoop, pictures: "asyncio.Queue[Any]", picture: Any) -> None:
    try:
        loop.call_soon_threadsafe(pictures.put_nowait, picture)
    except RuntimeError:  # the loop is closed: nobody waits for it any more
        return
