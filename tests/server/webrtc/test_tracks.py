import asyncio
import itertools
import threading
import time
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from server.webrtc.tracks import AUDIO_WAITING, DelayedSound, PictureTrack, SoundClock
from server.webrtc.yuv import Picture


def picture(level: int = 100, number: int | None = None) -> Picture:
    return Picture(np.full((768, 512), level, np.uint8), time.monotonic(), number)


def test_a_picture_put_by_another_thread_is_sent() -> None:
    async def run() -> None:
        track = PictureTrack()
        threading.Timer(0.05, track.show, [picture(77)]).start()
        frame = await asyncio.wait_for(track.recv(), 10)

        assert frame.to_ndarray()[0, 0] == 77

    asyncio.run(run())


def test_stamps_rise_even_without_any_time_between() -> None:
    async def run() -> None:
        track = PictureTrack()
        stamps = []
        for _ in range(50):
            track.show(picture())
            stamps.append((await track.recv()).pts)

        assert all((b or 0) > (a or 0) for a, b in itertools.pairwise(stamps))

    asyncio.run(run())


def test_every_frame_is_an_object_of_its_own() -> None:
    async def run() -> None:
        one, two = PictureTrack(), PictureTrack()
        shown = picture()
        one.show(shown)
        two.show(shown)

        assert await one.recv() is not await two.recv()

    asyncio.run(run())


def test_a_lost_picture_is_sent_again_and_counted_once() -> None:
    async def run() -> None:
        ages: list[float] = []
        track = PictureTrack(sent=ages.append)
        track.repeat()
        assert len(track.box) == 0
        track.show(picture(50))
        await track.recv()
        track.repeat()
        again = await asyncio.wait_for(track.recv(), 10)

        assert again.to_ndarray()[0, 0] == 50
        assert len(ages) == 1

    asyncio.run(run())


@pytest.mark.parametrize(("measured", "height"), [(False, 512), (True, 528)])
def test_the_code_is_drawn_only_where_it_is_measured(measured: bool, height: int) -> None:
    async def run() -> None:
        track = PictureTrack(measured=lambda: measured)
        track.show(picture(number=3))

        assert (await track.recv()).height == height

    asyncio.run(run())


def test_a_stopped_track_ends_a_waiting_recv() -> None:
    async def run() -> None:
        for track in (PictureTrack(), DelayedSound(lambda: 0.0)):
            waiting = asyncio.ensure_future(track.recv())
            await asyncio.sleep(0)
            track.stop()
            with pytest.raises(MediaStreamError):
                await asyncio.wait_for(waiting, 10)

    asyncio.run(run())


def sound(level: int = 0) -> Any:
    frame = av.AudioFrame.from_ndarray(np.full((1, 1920), level, np.int16), "s16", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    return frame


def test_sound_waits_as_long_as_the_pictures_take() -> None:
    async def run() -> None:
        track = DelayedSound(lambda: 0.2)
        arrived = time.monotonic()
        track.hear(sound(5), arrived)
        frame = await track.recv()

        assert time.monotonic() - arrived >= 0.2
        assert frame.to_ndarray()[0, 0] == 5

    asyncio.run(run())


def test_sound_of_even_packets_gets_even_stamps() -> None:
    async def run() -> None:
        track = DelayedSound(lambda: 0.0)
        for _ in range(5):
            track.hear(sound(), time.monotonic())
        stamps = [(await track.recv()).pts for _ in range(5)]

        assert np.diff([stamp or 0 for stamp in stamps]).tolist() == [960] * 4

    asyncio.run(run())


def test_sound_that_is_not_fetched_is_forgotten() -> None:
    async def run() -> None:
        track = DelayedSound(lambda: 0.0)
        for level in range(AUDIO_WAITING + 10):
            track.hear(sound(level), time.monotonic())

        assert (await track.recv()).to_ndarray()[0, 0] == 10

    asyncio.run(run())


def test_bursts_are_spread_as_they_were_made() -> None:
    clock = SoundClock()
    late = np.random.default_rng(0).choice([0.0, 0.02, 0.1], 200)

    found = [clock.moment(n / 50, 7 + n / 50 + late[n]) for n in range(200)]

    assert np.abs(np.array(found[20:]) - (7 + np.arange(20, 200) / 50)).max() < 1e-9


def test_clocks_that_drift_apart_are_followed() -> None:
    clock = SoundClock()
    for number in range(5000):
        found = clock.moment(number / 50, 1.001 * number / 50)

    assert abs(found - 1.001 * 4999 / 50) < 0.01


def test_stamps_that_jump_begin_anew() -> None:
    clock = SoundClock()
    clock.moment(0.0, 10.0)

    assert abs(clock.moment(100.0, 10.02) - 10.02) < 1e-9
