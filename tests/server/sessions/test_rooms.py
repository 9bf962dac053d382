"""Publishers and viewers: WHIP's and WHEP's side of the sessions."""

import asyncio
import dataclasses

import pytest

from server.errors import RefusedError
from server.webrtc.aiortc_patches import PLAYOUT_DELAY
from tests.support.live_rig import QUICK, Clicks, Client, brightness, leaked, service, until


@pytest.mark.parametrize("codec", ["video/VP8", "video/H264"])
def test_viewers_of_a_room_see_what_its_publisher_drives(codec: str) -> None:
    async def run() -> None:
        async with (
            service() as sessions,
            Client(sessions) as publisher,
            Client(sessions) as one,
            Client(sessions) as two,
        ):
            publisher.prefer(codec)
            await publisher.open(kind="publisher", room="stage", identity="ben")
            await one.open(kind="viewer", room="stage")
            await two.open(kind="viewer", room="stage")

            await until(lambda: min(len(one.seen), len(two.seen)) > 10, "pictures of both")

            for viewer in (one, two):
                pictures = [picture for _, picture, _ in viewer.seen]
                assert pictures[-1].shape == (512, 512, 3)
                assert abs(float(pictures[-1].mean()) - brightness("ben")) < 6
                assert not leaked(pictures)
            assert not publisher.seen

    asyncio.run(run())


def test_a_viewer_hears_the_driver_and_the_driver_does_not() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as driver, Client(sessions) as viewer:
            await driver.open(Clicks(), room="stage")
            await viewer.open(kind="viewer", room="stage", audio=True)

            await until(lambda: viewer.heard > 20, "sound")

            assert driver.heard == 0

    asyncio.run(run())


@pytest.mark.parametrize("audio", [False, True], ids=["no sound", "sound"])
def test_pictures_are_played_at_once_only_where_no_sound_must_match(audio: bool) -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as driver, Client(sessions) as viewer:
            await driver.open(room="stage")
            opened = await viewer.open(kind="viewer", room="stage", audio=audio)

            assert (PLAYOUT_DELAY in opened.sdp) == (not audio)

    asyncio.run(run())


def test_a_viewer_of_an_empty_room_is_refused() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as viewer:
            with pytest.raises(RefusedError) as refused:
                await viewer.open(kind="viewer", room="stage")

            assert refused.value.status == 404

    asyncio.run(run())


def test_a_room_has_one_driver() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as one, Client(sessions) as two:
            await one.open(kind="publisher", room="stage")
            with pytest.raises(RefusedError) as refused:
                await two.open(kind="publisher", room="stage")

            assert refused.value.status == 409
            assert len(sessions) == 1

    asyncio.run(run())


def test_viewers_stay_while_a_publisher_returns_and_leave_when_none_does() -> None:
    async def run() -> None:
        limits = dataclasses.replace(QUICK, resume_s=1.0)
        async with service(limits) as sessions, Client(sessions) as viewer:
            async with Client(sessions) as publisher:
                opened = await publisher.open(kind="publisher", room="stage", identity="ben")
                await viewer.open(kind="viewer", room="stage")
                await until(lambda: viewer.seen, "pictures")
                await sessions.close(opened.id)
            async with Client(sessions) as again:
                count = len(viewer.seen)
                opened = await again.open(kind="publisher", room="stage", identity="ada")
                await until(lambda: len(viewer.seen) > count + 10, "pictures of the other")
                assert abs(float(viewer.seen[-1][1].mean()) - brightness("ada")) < 6
                await sessions.close(opened.id)

            await until(lambda: len(sessions) == 0, "the viewer to be let go")

            assert sessions.counters["ended_empty"] == 1

    asyncio.run(run())


def test_a_viewer_that_comes_to_a_still_picture_sees_it() -> None:
    async def run() -> None:
        limits = dataclasses.replace(QUICK, gone_s=20)
        async with service(limits) as sessions, Client(sessions) as driver:
            await driver.open(room="stage", identity="ben")
            await until(lambda: driver.seen, "pictures")
            driver.camera.stopped = True
            await asyncio.sleep(0.3)
            async with Client(sessions) as viewer:
                await viewer.open(kind="viewer", room="stage")

                await until(lambda: viewer.seen, "the still picture")

    asyncio.run(run())


def test_h264_comes_out_where_it_is_wanted() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            client.prefer("video/H264")
            opened = await client.open(identity="ben")
            assert "VP8" not in opened.sdp

            await until(lambda: len(client.numbers) > 10, "numbered pictures")

            assert abs(float(client.seen[-1][1].mean()) - brightness("ben")) < 6

    asyncio.run(run())
