from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Decoder
from aiortc.codecs.vpx import Vp8Decoder, vp8_depayload
from aiortc.jitterbuffer import JitterFrame

from server.webrtc.encoders import (
    CALM_S,
    LEAST_BPS,
    MOST_BPS,
    START_BPS,
    Bitrate,
    FastH264Encoder,
    SharpVp8Encoder,
)
from server.webrtc.yuv import video_frame, yuv_of_picture

ENCODERS = [SharpVp8Encoder, FastH264Encoder]
COLOURS = [(0, 200, 0), (200, 0, 0), (0, 0, 200), (128, 128, 128)]


def frame(number: int, colour: tuple[int, int, int] = (90, 120, 60), side: int = 128) -> Any:
    made = video_frame(yuv_of_picture(np.full((side, side, 3), colour, np.uint8)))
    made.pts, made.time_base = number * 3000, Fraction(1, 90000)
    return made


def decoded(encoder: Any, frames: list[Any]) -> list[Any]:
    """What a receiver makes of what `encoder` sends."""
    context: Any = Vp8Decoder() if isinstance(encoder, SharpVp8Encoder) else H264Decoder()
    found = []
    for one in frames:
        if isinstance(encoder, SharpVp8Encoder):
            payloads, stamp = encoder.encode(one)
            data = b"".join(vp8_depayload(payload) for payload in payloads)
        else:
            data_bytes, stamp = encoder._encode_timed(one, False)
            data = data_bytes
        found += context.decode(JitterFrame(data, stamp))
    return found


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("colour", COLOURS, ids=str)
def test_colours_survive(encoder: Any, colour: tuple[int, int, int]) -> None:
    (picture, *_) = decoded(encoder(), [frame(number, colour) for number in range(3)])

    seen = picture.to_ndarray(format="rgb24").reshape(-1, 3).mean(axis=0)

    assert np.abs(seen - colour).max() <= 4


def test_h264_says_which_colours_it_means() -> None:
    (picture, *_) = decoded(FastH264Encoder(), [frame(0)])

    assert (picture.colorspace, picture.color_range) == (6, 1)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_each_frame_leaves_at_once_with_its_stamp(encoder: Any) -> None:
    made = encoder()

    for number in range(5):
        payloads, stamp = made.encode(frame(number))
        assert payloads
        assert stamp == number * 3000
        assert all(len(payload) <= 1300 for payload in payloads)
    assert made.rebuilt == 1
    assert made.last_s > 0


@pytest.mark.parametrize("encoder", ENCODERS)
def test_only_another_size_or_much_less_bitrate_makes_a_new_encoder(encoder: Any) -> None:
    made = encoder()
    made.encode(frame(0))
    made.target_bitrate = 2_400_000
    made.encode(frame(1))
    assert made.rebuilt == 1

    made.target_bitrate = 1_200_000
    made.encode(frame(2))
    assert made.rebuilt == 2

    made.encode(frame(3, side=64))
    assert made.rebuilt == 3


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_key_frame_comes_when_asked_for(encoder: Any) -> None:
    made = encoder()
    noise = np.random.default_rng(0).integers(0, 255, (192, 128)).astype(np.uint8)

    def size(number: int, *, key: bool) -> int:
        one = av.VideoFrame.from_ndarray(noise, format="yuv420p")
        one.pts, one.time_base = number * 3000, Fraction(1, 90000)
        return sum(map(len, made.encode(one, key)[0]))

    sizes = [size(number, key=number == 8) for number in range(10)]

    assert sizes[8] > 3 * sizes[7]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("wish", "waited_s", "present"),
    [
        (0.9 * START_BPS, 60, START_BPS),
        (0.8 * START_BPS, 0, 0.8 * START_BPS),
        (1.3 * START_BPS, 60, START_BPS),
        (1.5 * START_BPS, CALM_S / 2, START_BPS),
        (1.5 * START_BPS, CALM_S, 1.5 * START_BPS),
        (1, 0, LEAST_BPS),
        (10 * MOST_BPS, CALM_S, MOST_BPS),
    ],
    ids=["little less", "less", "little more", "more, too soon", "more", "nothing", "everything"],
)
def test_a_wish_is_granted_when_it_is_worth_a_key_frame(
    wish: float, waited_s: float, present: float
) -> None:
    clock = Clock()
    rate = Bitrate(clock)
    rate.wish = int(wish)
    clock.now = waited_s

    changed = rate.update()

    assert rate.present == int(present)
    assert changed == (present != START_BPS)


def test_a_wavering_network_rebuilds_the_encoder_seldom() -> None:
    clock = Clock()
    rate = Bitrate(clock)
    changes = 0
    for second in range(60):
        clock.now = float(second)
        rate.wish = (2_400_000, 2_800_000, 2_200_000)[second % 3]
        changes += rate.update()

    assert changes == 0
