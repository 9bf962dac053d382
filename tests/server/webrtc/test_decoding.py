"""server/webrtc/decoding.py: what a frame claims, how many wait, and who waits for the decoder."""

import asyncio
import threading
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import pytest
from aiortc.jitterbuffer import JitterFrame

from server.limits import Limits
from server.sessions.sessions import Sessions
from server.webrtc import decoding
from server.webrtc.decoding import FrameQueue, decode_frames, is_key, open_decoder, read_vp8_size
from tests.support.live_rig import QUICK, Client, service, until

LIMITS = Limits()
VP8, H264 = (SimpleNamespace(name=name, mimeType=f"video/{name}") for name in ("VP8", "H264"))


def encode(codec: str, width: int, height: int, frames: int = 1) -> list[bytes]:
    """Grey pictures, the first of them whole."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 30), Fraction(30)
    encoder.options = {"tune": "zerolatency"} if codec == "libx264" else {"lag-in-frames": "0"}
    made = []
    for number in range(frames):
        picture = av.VideoFrame(width, height, "yuv420p")
        picture.pts = number
        made.append(b"".join(bytes(packet) for packet in encoder.encode(picture)))
    return made


def claim(width: int, height: int) -> bytes:
    """A small VP8 key frame whose header claims another size."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    (small,) = encode("libvpx", 64, 48)
    return small[:6] + size + small[10:]


def queue_up(*frames: bytes, codec: Any = VP8) -> tuple[FrameQueue, threading.Event]:
    lost = threading.Event()
    queued = FrameQueue("video", lost)
    for data in frames:
        queued.put((codec, JitterFrame(data, 0)))
    return queued, lost


def test_size_of_a_vp8_frame_is_read_from_its_header() -> None:
    key, other = encode("libvpx", 176, 144, 2)

    assert read_vp8_size(key) == (176, 144)
    assert read_vp8_size(claim(16383, 16383)) == (16383, 16383)
    assert read_vp8_size(other) == (0, 0)


@pytest.mark.parametrize("data", [b"", b"\0", bytes(9), b"\1" * 20])
def test_scrap_has_no_size(data: bytes) -> None:
    assert read_vp8_size(data) == (0, 0)


@pytest.mark.parametrize(("encoder", "codec"), [("libvpx", "VP8"), ("libx264", "H264")])
def test_whole_pictures_are_told_from_others(encoder: str, codec: str) -> None:
    assert [is_key(codec, data) for data in encode(encoder, 64, 48, 3)] == [True, False, False]


@pytest.mark.parametrize("size", [(16383, 16383), (3841, 2176), (16383, 600)])
def test_frame_that_claims_too_much_is_never_queued(size: tuple[int, int]) -> None:
    queued, _ = queue_up(claim(*size))

    assert queued.qsize() == 0
    assert queued.refused is not None
    assert f"sends {size[0]} x {size[1]} pixels" in queued.refused


def test_frame_of_4k_is_queued() -> None:
    queued, _ = queue_up(claim(3840, 2160))

    assert (queued.qsize(), queued.refused) == (1, None)


def test_h264_that_claims_too_much_is_refused_before_memory_is_taken() -> None:
    most = LIMITS.coded_pixels
    (large,) = encode("libx264", 3856, 2192)  # a tenth of a percent more
    (small,) = encode("libx264", 64, 48)
    assert most < 3856 * 2192

    with pytest.raises(av.FFmpegError):
        open_decoder(H264).decode(JitterFrame(large, 0))
    assert len(open_decoder(H264).decode(JitterFrame(small, 0))) == 1


def test_frames_that_nobody_decodes_are_dropped_up_to_the_next_whole_picture() -> None:
    key, other = encode("libvpx", 64, 48, 2)
    queued, lost = queue_up(key, *[other] * LIMITS.frames_waiting)
    assert (queued.qsize(), lost.is_set()) == (LIMITS.frames_waiting, True)

    for _ in range(5):
        queued.get()
    queued.put((VP8, JitterFrame(other, 0)))
    assert queued.qsize() == LIMITS.frames_waiting - 5
    queued.put((VP8, JitterFrame(key, 0)))
    assert queued.qsize() == LIMITS.frames_waiting - 4


def test_end_takes_the_place_of_all_that_waits() -> None:
    queued, _ = queue_up(*encode("libvpx", 64, 48, 9))
    queued.put(None)

    assert queued.get_nowait() is None
    assert queued.qsize() == 0


def test_sound_has_a_bound_too() -> None:
    queued = FrameQueue("audio", threading.Event())
    for _ in range(1000):
        queued.put((None, JitterFrame(b"x", 0)))

    assert queued.qsize() == LIMITS.frames_waiting


def test_frames_that_fail_are_counted_until_one_does_not() -> None:
    key, scrap = encode("libvpx", 64, 48)[0], b"\0" * 40
    queued, lost = queue_up(scrap, scrap, key, scrap)

    async def run() -> list[Any]:
        pictures: asyncio.Queue[Any] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        work = asyncio.to_thread(decode_frames, loop, queued, pictures, lost)
        task = asyncio.create_task(work)
        await until(lambda: queued.failed == 3, "three failures")
        queued.put(None)
        await task
        return [await pictures.get() for _ in range(2)]

    picture, end = asyncio.run(run())
    assert (picture.width, picture.height, end) == (64, 48, None)
    assert (queued.failed_in_a_row, lost.is_set()) == (1, True)


class StuckDecoder:
    """Decodes nothing until `free` is set."""

    free = threading.Event()

    def decode(self, frame: JitterFrame) -> list[Any]:
        self.free.wait(60)
        return []


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(decoding, "open_decoder", lambda codec: StuckDecoder())
    yield
    StuckDecoder.free.set()


@pytest.mark.usefixtures("stuck")
def test_session_ends_while_its_decoder_is_at_work() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            opened = await client.open(kind="publisher", room="stage")
            await until(lambda: undecoded(sessions) > 0, "frames")
            async with asyncio.timeout(20):  # the decoder would take a minute
                await sessions.close(opened.id)
            StuckDecoder.free.set()

    asyncio.run(run())


def undecoded(sessions: Sessions) -> int:
    return sum(state.statistics["undecoded"] for state in sessions.states())


def test_session_whose_frames_claim_too_much_ends_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoding, "read_vp8_size", lambda data: (16383, 16383))

    async def run() -> None:
        async with service(QUICK) as sessions, Client(sessions) as client:
            await client.open()
            await until(lambda: any(told["t"] == "bye" for told in client.told), "the end")
            assert "16383 x 16383 pixels" in client.told[-1]["reason"]
            assert sessions.counters["ended_media"] == 1

    asyncio.run(run())


def test_viewer_who_sends_is_answered_that_nothing_is_received() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as driver, Client(sessions) as viewer:
            await driver.open(kind="publisher", room="stage")
            offer = await viewer.offer("sendrecv")
            opened = await sessions.open(offer, kind="viewer", room="stage")
            assert "a=sendonly" in opened.sdp
            assert "a=sendrecv" not in opened.sdp

    asyncio.run(run())
