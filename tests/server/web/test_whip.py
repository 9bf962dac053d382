"""server/web/whip.py: WHIP and WHEP as their documents say."""

import asyncio
from pathlib import Path

import pytest

from server.web.guard import FRAGMENT
from tests.support.fake_sessions import OFFER, FakeSessions, serve_fakes

PATCH = {"Content-Type": FRAGMENT}


@pytest.mark.parametrize(("path", "kind"), [("/whip", "publisher"), ("/whep", "viewer")])
def test_offer_is_answered_and_deleted(path: str, kind: str, tmp_path: Path) -> None:
    sessions = FakeSessions()

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions) as client:
            status, body, headers = await client.offer(f"{path}/stage-1")
            assert (status, body) == (201, b"the answer")
            assert headers["Content-Type"].startswith("application/sdp")
            assert headers["ETag"].startswith('"')
            (state,) = sessions.states()
            assert (state.kind, state.room) == (kind, "stage-1")
            assert sessions.asked == [(OFFER, {}, None)]

            place = headers["Location"]
            assert place.startswith(f"{path}/stage-1/")
            assert (await client.ask("DELETE", place))[0] == 200
            assert (await client.ask("DELETE", place))[0] == 404

    asyncio.run(run())
    assert not sessions.opened


def test_session_that_the_service_ended_says_why(tmp_path: Path) -> None:
    sessions = FakeSessions()

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions) as client:
            place = (await client.offer("/whip/a"))[2]["Location"]
            id = place.rpartition("/")[2]
            await sessions.close(id)
            sessions.ended[id] = "the camera is too large"

            status, body, _ = await client.ask("DELETE", place)
            assert (status, body) == (
                410,
                {"error": "this session has ended: the camera is too large"},
            )

    asyncio.run(run())


def test_ice_servers_are_told_in_links(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            serve_fakes(tmp_path) as client,
            client.http.post(
                "/whip/a",
                data=OFFER,
                headers={"Content-Type": "application/sdp", "Authorization": "Bearer " + "t" * 40},
            ) as response,
        ):
            links = response.headers.getall("Link")
            assert links[0] == '<stun:s:1>; rel="ice-server"'
            assert links[1].startswith('<turn:t:2>; rel="ice-server"; username="')
            assert links[1].endswith('; credential-type="password"')

    asyncio.run(run())


def test_patch_is_not_pretended(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            place = (await client.offer("/whip/a"))[2]["Location"]
            status, _, headers = await client.ask("PATCH", place, data="a=x", headers=PATCH)
            assert status == 405
            assert set(headers["Allow"].split(",")) == {"DELETE", "OPTIONS"}
            assert (await client.ask("PATCH", "/whip/a/other", data="a=x", headers=PATCH))[0] == 404

    asyncio.run(run())


def test_session_is_found_only_where_it_is(tmp_path: Path) -> None:
    sessions = FakeSessions()

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions) as client:
            place = (await client.offer("/whip/a"))[2]["Location"]
            own = (await client.ask("POST", "/api/sessions", json={"sdp": ""}))[1]["id"]
            for other in (
                place.replace("/a/", "/b/"),
                place.replace("whip", "whep"),
                f"/whip/a/{own}",
            ):
                assert (await client.ask("DELETE", other))[0] == 404

    asyncio.run(run())
    assert len(sessions.opened) == 2


def test_address_may_name_the_identity(tmp_path: Path) -> None:
    sessions = FakeSessions()

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions) as client:
            assert (await client.offer("/whip/a?identity=ben"))[0] == 201
            assert (await client.offer("/whip/a?measure=1"))[0] == 400
            assert (await client.offer("/whep/a?identity=ben"))[0] == 400

    asyncio.run(run())
    assert [settings for _, settings, _ in sessions.asked] == [{"identity": "ben"}]


@pytest.mark.parametrize(
    "room", ["A", "..%2fa", "%00", "a%0a", "%ef%bc%8e%ef%bc%8e", "a" * 65, ".a", "a."]
)
def test_room_has_a_plain_name(room: str, tmp_path: Path) -> None:
    sessions = FakeSessions()

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions) as client:
            status, body, _ = await client.offer(f"/whip/{room}")
            assert status == 404
            assert "error" in body

    asyncio.run(run())
    assert not sessions.asked


@pytest.mark.parametrize("path", ["/whip/a", "/whep/a"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_endpoint_takes_only_offers(method: str, path: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            sent = {"Content-Type": "application/sdp"}
            assert (await client.ask(method, path, headers=sent))[0] == 405

    asyncio.run(run())
