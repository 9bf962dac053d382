"""Whole sessions over loopback, with narrow nets."""

import asyncio
import dataclasses
import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from server.errors import RefusedError
from server.limits import ClientLimits, RecordingLimits
from server.sessions.admission import Resume
from server.sessions.recordings import Recordings
from server.sessions.sessions import Sessions
from tests.support.live_rig import HASTY, QUICK, Camera, Client, brightness, leaked, service, until


def has_shown(client: Client, count: int) -> bool:
    return len(client.seen) > count


def has_numbered(client: Client, count: int) -> bool:
    return len(client.numbers) > count


def test_a_camera_drives_a_picture_and_its_number_comes_back() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            await client.open(identity="ben")

            await until(lambda: len(client.numbers) >= 30, "30 numbered pictures")

            assert client.numbers == sorted(client.numbers)
            assert len(set(client.numbers)) == len(client.numbers)
            pictures = [picture for _, picture, _ in client.seen]
            assert pictures[-1].shape == (512, 512, 3)
            assert abs(float(pictures[-1].mean()) - brightness("ben")) < 6
            assert not leaked(pictures)

    asyncio.run(run())


def test_a_model_slower_than_the_camera_drops_frames_and_stays_prompt() -> None:
    takes_s = 5 / 30

    async def run() -> None:
        async with (
            service(takes_s=lambda: takes_s) as sessions,
            Client(sessions, camera=Camera(size=(480, 640))) as client,
        ):
            opened = await client.open()
            stream = sessions._sessions[opened.id].stream
            assert stream is not None
            waiting = []

            def shown(count: int) -> bool:
                waiting.append(len(stream.inbox))
                return len(client.numbers) >= count

            await until(lambda: shown(10), "10 pictures")
            before = psutil.Process().memory_info().rss
            await until(lambda: shown(40), "40 pictures")
            grown = psutil.Process().memory_info().rss - before
            state = sessions.get(opened.id)
            assert state is not None

            assert client.numbers == sorted(client.numbers)
            assert max(waiting) <= 1
            assert state.statistics["undecoded"] <= 3
            assert grown < 40e6, "150 frames that were kept would be more than twice that"
            assert state.statistics["dropped"] > 40
            delays = client.delays()
            later = sorted(delays[-8:])[4]
            assert later < 6 * takes_s, "the delay must be a few frames of the model, and no queue"

    asyncio.run(run())


def test_a_failing_net_repeats_the_last_picture_and_goes_on() -> None:
    async def run() -> None:
        async with service(failing=(6,)) as sessions, Client(sessions) as client:
            opened = await client.open()

            await until(lambda: len(client.numbers) >= 20, "20 pictures")

            state = sessions.get(opened.id)
            assert state is not None
            assert state.statistics["failed"] == 1
            pictures = [picture for _, picture, _ in client.seen]
            assert not leaked(pictures)

    asyncio.run(run())


def test_a_net_that_keeps_failing_ends_the_session_with_a_reason() -> None:
    async def run() -> None:
        async with service(failing=range(6, 1000)) as sessions, Client(sessions) as client:
            await client.open()

            await until(lambda: len(sessions) == 0, "the end of the session")

            await until(lambda: client.told and client.told[-1]["t"] == "bye", "a goodbye")
            assert "in a row failed" in client.told[-1]["reason"]
            assert sessions.counters["ended_engine"] == 1

    asyncio.run(run())


@pytest.mark.parametrize("size", [(1440, 2560), (2160, 3840)], ids=["1440p", "4K"])
def test_a_camera_beyond_1080p_drives_a_picture(size: tuple[int, int]) -> None:
    async def run() -> None:
        async with (
            service(dataclasses.replace(QUICK, gone_s=20)) as sessions,
            Client(sessions, camera=Camera(fps=3, size=size)) as client,
        ):
            await client.open()

            await until(lambda: len(client.numbers) >= 2, "two numbered pictures")

    asyncio.run(run())


@pytest.mark.parametrize("kind", ["duplex", "publisher"])
def test_a_camera_larger_than_the_bound_is_told_so(kind: str) -> None:
    async def run() -> None:
        beyond_4k = Camera(fps=1, size=(2192, 3856))
        async with (
            service(dataclasses.replace(QUICK, gone_s=20)) as sessions,
            Client(sessions, camera=beyond_4k) as client,
        ):
            opened = await client.open(kind=kind, room="stage")

            await until(lambda: client.told and client.told[-1]["t"] == "bye", "a goodbye")

            reason = client.told[-1]["reason"]
            assert "sends 3856 x 2192 pixels" in reason
            assert sessions.why_ended(opened.id) == reason
            assert sessions.counters["ended_media"] == 1

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(3))
def test_no_pixel_of_the_camera_gets_out_whatever_the_face_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    faces = [bool(one) for one in np.repeat(random.integers(0, 2, 12), random.integers(1, 20, 12))]

    async def run() -> None:
        async with service(faces=[False] * 20 + faces) as sessions, Client(sessions) as client:
            await client.open(identity="ada")
            await until(lambda: len(client.seen) >= 25, "pictures without a face")
            for name in ("ben", "ada", "ben"):
                client.tell({"t": "set", "v": name, "identity": name})
                await until(partial(client.answer_to, name), "the setting to be taken")
                count = len(client.seen)
                await until(partial(has_shown, client, count + 8), "more pictures")
            await sessions.drain(0.2)
            await asyncio.sleep(0.2)

            assert not leaked(picture for _, picture, _ in client.seen)
            shown = {round(float(picture.mean()) / 40) for _, picture, _ in client.seen}
            assert shown == {round(brightness(name) / 40) for name in ("ada", "ben")}

    asyncio.run(run())


def test_two_clients_see_their_own_pictures_only() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as one, Client(sessions) as two:
            await one.open(identity="ada")
            await two.open(identity="ben")

            await until(lambda: min(len(one.numbers), len(two.numbers)) >= 25, "pictures of both")

            for client, name in ((one, "ada"), (two, "ben")):
                for _, picture, _ in client.seen:
                    assert abs(float(picture.mean()) - brightness(name)) < 6

    asyncio.run(run())


def test_a_camera_may_change_its_size_midway() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            await client.open()
            for size in ((240, 320), (480, 640), (120, 160), (360, 480)):
                client.camera.size = size
                count = len(client.numbers)
                await until(partial(has_numbered, client, count + 10), f"{size}")

            assert client.numbers == sorted(client.numbers)
            assert {picture.shape for _, picture, _ in client.seen} == {(512, 512, 3)}

    asyncio.run(run())


def test_a_stopped_camera_is_paused_and_then_frees_its_slot() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            opened = await client.open()
            await until(lambda: client.numbers, "a picture")
            client.camera.stopped = True
            found = set()

            def gone() -> bool:
                state = sessions.get(opened.id)
                found.add(None if state is None else state.state)
                return state is None

            await until(gone, "the end of the session")

            assert "paused" in found
            assert sessions.counters["ended_gone"] == 1

    asyncio.run(run())


def test_a_killed_client_frees_its_slot_and_may_come_back_as_it_was() -> None:
    async def run() -> None:
        async with service() as sessions:
            async with Client(sessions) as client:
                opened = await client.open(identity="ben", gains={"head": 0.5})
                await until(lambda: client.numbers, "a picture")
                client.kill()
                await until(lambda: len(sessions) == 0, "the end of the session")

            async with Client(sessions) as again:
                resumed = await again.open(resume=Resume(opened.id, opened.secret))
                await until(lambda: len(again.numbers) >= 5, "pictures")
                state = sessions.get(resumed.id)
                assert state is not None
                assert state.settings is not None

                assert (resumed.id, resumed.secret) == (opened.id, opened.secret)
                assert state.settings["identity"] == "ben"
                assert state.settings["gains"]["head"] == 0.5
                assert abs(float(again.seen[-1][1].mean()) - brightness("ben")) < 6

    asyncio.run(run())


def test_a_session_that_still_runs_moves_to_the_new_connection() -> None:
    async def run() -> None:
        one_place = dataclasses.replace(QUICK, sessions=1)
        async with service(one_place) as sessions, Client(sessions) as client:
            opened = await client.open(identity="ben")
            async with Client(sessions) as again:
                await again.open(resume=Resume(opened.id, opened.secret))
                await until(lambda: again.numbers, "pictures")

                assert len(sessions) == 1

    asyncio.run(run())


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_nobody_resumes_a_session_without_its_secret(secret: str) -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            opened = await client.open()
            async with Client(sessions) as thief:
                with pytest.raises(RefusedError) as refused:
                    await thief.open(resume=Resume(opened.id, secret))

            assert refused.value.status == 404
            assert sessions.get(opened.id) is not None

    asyncio.run(run())


def test_a_full_service_says_so_and_when_to_come_back() -> None:
    async def run() -> None:
        one_place = dataclasses.replace(QUICK, sessions=1)
        async with service(one_place) as sessions, Client(sessions) as client:
            opened = await client.open()
            async with Client(sessions) as late:
                with pytest.raises(RefusedError) as refused:
                    await late.open()
            assert (refused.value.status, refused.value.retry_after_s) == (503, 10)
            assert "1 sessions" in refused.value.reason

            await sessions.close(opened.id)
            async with Client(sessions) as later:
                await later.open()

    asyncio.run(run())


def test_a_client_that_never_reads_costs_nothing_but_pictures() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions, reads=False) as client:
            opened = await client.open()
            stream = sessions._sessions[opened.id].stream
            assert stream is not None
            await until(lambda: stream.statistics.left.count > 30, "pictures")

            assert len(stream.inbox) <= 1
            assert sessions.get(opened.id) is not None

    asyncio.run(run())


def test_statistics_and_settings_travel_on_the_data_channel() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            await client.open()
            await until(lambda: len(client.numbers) > 5, "pictures")
            client.tell({"t": "ping", "c": 5})
            client.tell({"t": "set", "v": 1, "smoothing": 7})
            client.tell({"t": "set", "v": 2, "smoothing": 0.5})

            def stats() -> list[dict[str, Any]]:
                return [told for told in client.told if told["t"] == "stats" and told["out_fps"]]

            await until(lambda: client.answer_to(2) and stats(), "answers and statistics")

            assert {"t": "pong", "c": 5} in client.told
            assert (client.answer_to(1) or {})["t"] == "err"
            assert (client.answer_to(2) or {})["t"] == "ok"
            last = stats()[-1]
            assert last["device"] == "cpu"
            assert last["face"] == "tracked"
            stages = {"wait", "align", "read", "motion", "synthesis", "convert", "encode"}
            assert stages <= set(last["stages"])
            assert len(last["age_ms"]) == 2
            assert any(told["t"] == "calibration" for told in client.told)

    asyncio.run(run())


def test_a_client_that_does_not_wait_for_its_answer_leaves_nothing() -> None:
    async def run() -> None:
        async with service(takes_s=lambda: 0.2) as sessions, Client(sessions) as client:
            offer = await client.offer()
            opening = asyncio.ensure_future(sessions.open(offer, {}))
            await asyncio.sleep(0.05)
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            await asyncio.wrap_future(sessions._runtime.device_thread.call(lambda: None))

            assert len(sessions) == 0
            assert sessions._runtime.device_thread._streams == []
            async with Client(sessions) as one, Client(sessions) as two:
                await one.open()
                await two.open()

    asyncio.run(run())


def test_a_draining_service_lets_nobody_in_and_says_goodbye() -> None:
    async def run() -> None:
        async with service() as sessions, Client(sessions) as client:
            await client.open()
            await until(lambda: client.told, "the data channel")
            draining = asyncio.ensure_future(sessions.drain(1.0))
            await until(lambda: client.told[-1]["t"] == "bye", "a goodbye")
            async with Client(sessions) as late:
                with pytest.raises(RefusedError) as refused:
                    await late.open()
            await draining

            assert refused.value.status == 503
            assert len(sessions) == 0

    asyncio.run(run())


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_nobody_resumes_a_lost_session_without_its_secret(secret: str) -> None:
    async def run() -> None:
        async with (
            service(HASTY) as sessions,
            Client(sessions) as client,
            Client(sessions) as thief,
        ):
            opened = await client.open()
            client.kill()
            await until(lambda: len(sessions) == 0, "the end of the session")
            with pytest.raises(RefusedError) as refused:
                await thief.open(resume=Resume(opened.id, secret))
            assert refused.value.status == 404
            await sessions.open(
                await client_offer(sessions), resume=Resume(opened.id, opened.secret)
            )

    asyncio.run(run())


def test_resume_with_a_bad_setting_does_not_use_the_lost_session_up() -> None:
    async def run() -> None:
        async with service(HASTY) as sessions, Client(sessions) as client:
            opened = await client.open()
            client.kill()
            await until(lambda: len(sessions) == 0, "the end of the session")
            right = Resume(opened.id, opened.secret)
            offer = await client_offer(sessions)
            with pytest.raises(RefusedError) as refused:
                await sessions.open(offer, {"smoothing": 7}, resume=right)
            assert refused.value.status == 400
            assert (await sessions.open(offer, resume=right)).id == opened.id

    asyncio.run(run())


def test_places_that_are_being_opened_are_taken() -> None:
    async def run() -> None:
        one_place = dataclasses.replace(QUICK, sessions=1)
        async with service(one_place) as sessions:
            offer = await client_offer(sessions)
            results = await asyncio.gather(
                *(sessions.open(offer) for _ in range(5)), return_exceptions=True
            )
            refused = [one for one in results if isinstance(one, RefusedError)]
            assert [one.status for one in refused] == [503] * 4

    asyncio.run(run())


def test_requests_to_record_that_come_at_once_are_answered_one_by_one(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path, RecordingLimits(least_free_bytes=0))

    async def run() -> None:
        async with service(recordings=recordings) as sessions, Client(sessions) as client:
            opened = await client.open()
            await until(lambda: client.numbers, "a picture")
            answers = await asyncio.gather(
                *(sessions.record(opened.id, on=number % 4 != 3) for number in range(20)),
                return_exceptions=True,
            )
            kinds = {answer.status for answer in answers if isinstance(answer, RefusedError)}
            assert kinds <= {409, 500}  # recorded already, or ended before a picture came
            assert not [one for one in answers if not isinstance(one, RefusedError | None)]

            await sessions.record(opened.id, on=True)
            running = [one for one in threading.enumerate() if one.name == "recorder"]
            assert len(running) == 1
            shown = len(client.seen)
            await until(lambda: len(client.seen) > shown + 5, "pictures")
            assert await sessions.record(opened.id, on=False) is None
            assert sessions.recording(opened.id) is not None

    asyncio.run(run())
    assert len(list(tmp_path.iterdir())) == 1


def test_client_hears_why_its_recording_ended(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path, RecordingLimits(least_free_bytes=0, longest_s=0.5))

    async def run() -> None:
        async with service(recordings=recordings) as sessions, Client(sessions) as client:
            opened = await client.open()
            await until(lambda: client.numbers and client.told, "a picture")
            await sessions.record(opened.id, on=True)

            def told() -> list[dict[str, Any]]:
                return [one for one in client.told if one["t"] == "recording"]

            await until(told, "the end of the recording")
            state = sessions.get(opened.id)
            assert state is not None
            assert not state.recording
            note = await sessions.record(opened.id, on=False)
            assert told() == [{"t": "recording", "on": False, "note": note}]
            assert note is not None
            assert "minutes at most" in note
            assert sessions.recording(opened.id) is not None

    asyncio.run(run())


def test_one_address_takes_not_all_places() -> None:
    limits = dataclasses.replace(QUICK, sessions=4, client=ClientLimits(sessions=1))

    async def run() -> None:
        async with service(limits) as sessions:
            offer = await client_offer(sessions)
            first = await sessions.open(offer, address="192.0.2.1")
            with pytest.raises(RefusedError, match="this address has 1 sessions") as refused:
                await sessions.open(offer, address="192.0.2.1")
            assert (refused.value.status, refused.value.retry_after_s) == (429, 10)
            await sessions.open(offer, address="192.0.2.2")
            resume = Resume(first.id, first.secret)
            await sessions.open(offer, address="192.0.2.1", resume=resume)
            for _ in range(2):  # this machine is not bounded
                await sessions.open(offer)

    asyncio.run(run())


def test_offers_of_one_address_are_counted_before_they_are_read() -> None:
    limits = dataclasses.replace(QUICK, client=ClientLimits(starts=3))

    async def run() -> None:
        async with service(limits) as sessions:
            statuses = []
            for _ in range(5):
                with pytest.raises(RefusedError) as refused:
                    await sessions.open("garbage", address="192.0.2.1")
                statuses.append(refused.value.status)
            assert statuses == [400, 400, 400, 429, 429]
            with pytest.raises(RefusedError, match="offer"):
                await sessions.open("garbage")

    asyncio.run(run())


async def client_offer(sessions: Sessions) -> str:
    """The offer of a client that does not go on."""
    async with Client(sessions) as client:
        return await client.offer()
