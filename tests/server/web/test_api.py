"""server/web/api.py, body.py and app.py: the JSON routes."""

import asyncio
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from server.errors import RefusedError
from server.sessions.admission import Resume
from tests.support.fake_sessions import FakeIdentities, FakeSessions, serve_fakes

JSON = {"Content-Type": "application/json"}
SECRET = {"X-Session-Secret": "the secret"}


def test_config_says_what_there_is(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            status, config, _ = await client.ask("GET", "/api/config")
            assert status == 200
            assert config["version"] == "1"
            assert config["can_random"] is True
            assert config["identities"][0] == {
                "name": "ada",
                "description": "ada, for tests",
                "picture": "/api/identities/ada.png",
            }
            assert config["ice_servers"][0] == {"urls": ["stun:s:1"]}
            assert config["ice_servers"][1]["credential"]

    asyncio.run(run())


def test_page_and_what_it_loads_need_no_token(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            for path, kind in (("/", "text/html"), ("/static/page.js", "/javascript")):
                status, _, headers = await client.ask("GET", path, headers={"Authorization": ""})
                assert status == 200
                assert kind in headers["Content-Type"]

    asyncio.run(run())


def test_picture_of_an_identity_is_drawn_once(tmp_path: Path) -> None:
    identities = FakeIdentities()

    async def run() -> None:
        async with serve_fakes(tmp_path, identities=identities) as client:
            many = await asyncio.gather(
                *(client.ask("GET", "/api/identities/ben.png") for _ in range(3))
            )
            assert {status for status, _, _ in many} == {200}
            picture = cv2.imdecode(np.frombuffer(many[0][1], np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            assert picture.shape == (256, 256, 3)
            assert picture[0, 0].tolist() == [50, 100, 200]  # OpenCV's BGR

    asyncio.run(run())
    assert identities.drawn == ["ben"]


@pytest.mark.parametrize(
    "name", ["eve", "..%2fada", "%00", "ada%0a", "%ef%bc%8e%ef%bc%8e", "a" * 300]
)
def test_picture_of_an_unknown_identity_is_not_there(name: str, tmp_path: Path) -> None:
    identities = FakeIdentities()

    async def run() -> None:
        async with serve_fakes(tmp_path, identities=identities) as client:
            assert (await client.ask("GET", f"/api/identities/{name}.png"))[0] in (400, 404)

    asyncio.run(run())
    assert identities.drawn == []


def test_random_face_is_made_and_listed(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            status, made, _ = await client.ask("POST", "/api/identities/random", json={"seed": 7})
            assert (status, made) == (201, {"name": "random-7"})
            config = (await client.ask("GET", "/api/config"))[1]
            assert config["identities"][-1]["name"] == "random-7"

    asyncio.run(run())


def test_pack_without_random_faces_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path, identities=FakeIdentities(can_random=False)) as client:
            status, body, _ = await client.ask("POST", "/api/identities/random", json={})
            assert (status, body["error"]) == (409, "this pack cannot make random faces")

    asyncio.run(run())


def test_session_is_opened_looked_at_and_closed(tmp_path: Path) -> None:
    sessions = FakeSessions()
    wish = {
        "sdp": "offer",
        "settings": {"identity": "ben"},
        "resume": {"id": "an id", "secret": "a secret"},
    }

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions) as client:
            status, opened, headers = await client.ask("POST", "/api/sessions", json=wish)
            assert status == 201
            assert opened["sdp"] == "the answer"
            assert sessions.addresses == ["127.0.0.1"]
            assert sessions.asked == [("offer", {"identity": "ben"}, Resume("an id", "a secret"))]
            place = headers["Location"]
            assert place == f"/api/sessions/{opened['id']}"

            status, state, _ = await client.ask("GET", place, headers=SECRET)
            assert (status, state["state"], state["statistics"]["in_fps"]) == (200, "live", 30.0)
            assert "the secret" not in json.dumps(state)
            assert (await client.ask("DELETE", place, headers=SECRET))[0] == 200
            assert (await client.ask("DELETE", place, headers=SECRET))[0] == 404

    asyncio.run(run())
    assert not sessions.opened


def test_session_is_recorded_and_the_recording_fetched(tmp_path: Path) -> None:
    sessions = FakeSessions()
    film = tmp_path / "film.mp4"
    film.write_bytes(b"a film")

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions) as client:
            place = (await client.ask("POST", "/api/sessions", json={"sdp": ""}))[2]["Location"]
            recording = f"{place}/recording"
            assert (await client.ask("GET", recording, headers=SECRET))[0] == 404
            assert (await client.ask("POST", recording, json={}, headers=SECRET))[0] == 400
            assert (await client.ask("POST", recording, json={"on": True}))[0] == 403
            for on in (True, False):
                told = (await client.ask("POST", recording, json={"on": on}, headers=SECRET))[1]
                state = (await client.ask("GET", place, headers=SECRET))[1]
                assert told["recording"] is state["recording"] is on
            sessions.recorded = film
            assert (await client.ask("GET", recording))[0] == 403
            status, body, headers = await client.ask("GET", recording, headers=SECRET)
            assert (status, body) == (200, b"a film")
            assert headers["Content-Disposition"].startswith("attachment")

    asyncio.run(run())


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("secret", ["", "another", "the secret ", "thé secret"])
def test_session_of_another_client_is_refused_to(method: str, secret: str, tmp_path: Path) -> None:
    sessions = FakeSessions()

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions) as client:
            place = (await client.ask("POST", "/api/sessions", json={"sdp": ""}))[2]["Location"]
            given = {"X-Session-Secret": secret} if secret.strip() == secret else {}
            assert (await client.ask(method, place, headers=given))[0] == 403

    asyncio.run(run())
    assert len(sessions.opened) == 1


def test_full_service_says_when_to_ask_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path, FakeSessions(room_for=0)) as client:
            status, body, headers = await client.ask("POST", "/api/sessions", json={"sdp": ""})
            assert (status, headers["Retry-After"]) == (503, "10")
            assert body == {"error": "all sessions are in use; try again later"}

    asyncio.run(run())


GARBAGE = {
    "nothing": b"",
    "no JSON": b"sdp=v%3D0",
    "no UTF-8": b'{"sdp": "\xff"}',
    "no object": b"[]",
    "no offer": b"{}",
    "offer of another type": b'{"sdp": 1}',
    "settings of another type": b'{"sdp": "", "settings": []}',
    "true for a number": b'{"seed": true}',
    "unknown field": b'{"sdp": "", "setting": {}}',
    "no number of JSON": b'{"sdp": "", "settings": {"alpha": NaN}}',
    "half of what to resume": b'{"sdp": "", "resume": {"id": "a"}}',
    "resume of another type": b'{"sdp": "", "resume": {"id": 1, "secret": "a"}}',
    "deep": b'{"settings":' * 9000,
    "long number": b'{"seed":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
@pytest.mark.parametrize("path", ["/api/sessions", "/api/identities/random"])
def test_garbage_is_refused_in_one_sentence(path: str, data: bytes, tmp_path: Path) -> None:
    sessions, identities = FakeSessions(), FakeIdentities()

    async def run() -> None:
        async with serve_fakes(tmp_path, sessions, identities) as client:
            status, body, _ = await client.ask("POST", path, data=data, headers=JSON)
            if (path, data) == ("/api/identities/random", b"{}"):
                assert status == 201
                return
            assert status in (400, 413)
            check_sentence(body)

    asyncio.run(run())
    assert not sessions.asked


def check_sentence(body: Any) -> None:
    assert list(body) == ["error"]
    assert 10 < len(body["error"]) < 200
    assert "\n" not in body["error"]
    assert "Traceback" not in body["error"]


@pytest.mark.filterwarnings("default")
def test_what_goes_wrong_inside_stays_inside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = FakeSessions(raises=RuntimeError("/home/somebody/pack is broken"))

    async def run() -> None:
        async with serve_fakes(tmp_path, broken) as client:
            status, body, _ = await client.ask("POST", "/api/sessions", json={"sdp": ""})
            assert status == 500
            assert "somebody" not in body["error"]

    asyncio.run(run())
    assert "somebody" in caplog.text


def test_refusal_of_the_sessions_reaches_the_client(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_fakes(
            tmp_path, FakeSessions(raises=RefusedError(400, "no video"))
        ) as client:
            assert (await client.ask("POST", "/api/sessions", json={"sdp": ""}))[:2] == (
                400,
                {"error": "no video"},
            )

    asyncio.run(run())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PUT", "/api/config", 405), ("POST", "/", 405)],
)
def test_what_is_not_there_is_a_sentence_too(
    method: str, path: str, status: int, tmp_path: Path
) -> None:
    async def run() -> None:
        async with serve_fakes(tmp_path) as client:
            answered, body, _ = await client.ask(method, path, headers=JSON)
            assert answered == status
            check_sentence(body)

    asyncio.run(run())
