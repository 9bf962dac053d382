"""`reenact serve` as a process: it starts, says where, serves, and ends when told to."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.certificates import write_certificate
from tests.support.fakes import write_pack
from tests.support.live_rig import until
from tests.support.served import ROOT, Caller, serving


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_pack(tmp_path_factory.mktemp("pack")))


def test_service_shows_a_caller_the_avatar_and_ends_cleanly(pack: str) -> None:
    async def run() -> tuple[int | None, str, str]:
        async with serving(pack) as served:
            assert await served.ask("GET", "/healthz") == (200, {"alive": True})
            assert await served.ask("GET", "/readyz") == (200, {"ready": True})
            assert b"Server: reenact\r\n" in await served.send(b"no HTTP\r\n\r\n")
            caller = Caller()
            opened = await caller.call(served)
            await until(lambda: caller.seen >= 3, "pictures")
            place = f"/api/sessions/{opened['id']}"
            secret = {"X-Session-Secret": opened["secret"]}
            state = (await served.ask("GET", place, headers=secret))[1]
            assert (state["kind"], state["statistics"]["out_fps"] > 0) == ("duplex", True)
            assert (await served.ask("DELETE", place, headers=secret))[0] == 200
            await caller.close()
            served.process.send_signal(signal.SIGINT)
            return await served.end()

    status, out, err = asyncio.run(run())
    assert (status, out) == (0, "")  # one line, and that was read
    events = [json.loads(line) for line in err.splitlines()]
    assert events[-1]["event"] == "the service ended"
    for secret in ("127.0.0.1", "ada", "v=0", "a=", "token"):
        assert secret not in err


def test_stopping_service_gives_callers_time_and_refuses_new_ones(pack: str) -> None:
    async def run() -> tuple[int | None, str, str]:
        async with serving(pack, "--drain", "2") as served:
            caller = Caller()
            await caller.call(served)
            await until(lambda: caller.seen >= 1, "pictures")
            served.process.terminate()
            await until(lambda: caller.told and caller.told[-1]["t"] == "bye", "a goodbye")
            assert (await served.ask("GET", "/readyz"))[0] == 503
            assert (await served.ask("GET", "/healthz"))[0] == 200
            wish = {"sdp": caller.connection.localDescription.sdp}
            assert (await served.ask("POST", "/api/sessions", json=wish))[0] == 503
            ended = await served.end()
            await caller.close()
            return ended

    assert asyncio.run(run())[0] == 0


def test_service_speaks_tls(pack: str, tmp_path: Path) -> None:
    cert_file, key_file = write_certificate(tmp_path)

    async def run() -> None:
        async with serving(pack, "--tls-cert", cert_file, "--tls-key", key_file) as served:
            assert served.base.startswith("https://")
            assert await served.ask("GET", "/readyz") == (200, {"ready": True})

    asyncio.run(run())


def test_second_signal_ends_it_at_once(pack: str) -> None:
    async def run() -> tuple[int | None, str, str]:
        async with serving(pack, "--drain", "600") as served:
            caller = Caller()
            await caller.call(served)
            await until(lambda: caller.seen >= 1, "pictures")
            served.process.terminate()
            await until(lambda: any(word["t"] == "bye" for word in caller.told), "a goodbye")
            served.process.terminate()
            ended = await served.end()
            await caller.close()
            return ended

    assert asyncio.run(run())[0] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no files")
def test_recording_on_a_full_disk_ends_with_a_reason_and_one_signal_ends_all(
    pack: str, tmp_path: Path
) -> None:
    import resource

    full = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))  # noqa: E731
    words = ("--recordings", str(tmp_path / "films"), "--drain", "0.2")

    async def run() -> tuple[int | None, str, str]:
        async with serving(pack, *words, preexec_fn=full) as served:
            caller = Caller()
            opened = await caller.call(served)
            await until(lambda: caller.seen >= 1, "pictures")
            place = f"/api/sessions/{opened['id']}/recording"
            rest = {"headers": {"X-Session-Secret": opened["secret"]}}
            assert (await served.ask("POST", place, json={"on": True}, **rest))[0] == 200
            shown = caller.seen
            await until(lambda: caller.seen > shown + 5, "pictures")
            status, body = await served.ask("POST", place, json={"on": False}, **rest)
            assert status == 500
            assert "nothing was recorded: it could not be written" in body["error"]
            await served.ask("POST", place, json={"on": True}, **rest)
            served.process.terminate()
            ended = await served.end()
            await caller.close()
            return ended

    assert asyncio.run(run())[0] == 0
    assert not list((tmp_path / "films").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="it opens the browser at other places")
def test_browser_is_started_with_a_ticket_that_is_good_once(pack: str, tmp_path: Path) -> None:
    script, seen = tmp_path / "browser", tmp_path / "seen"
    script.write_text(f'#!/bin/sh\necho "$@" > {seen}.part && mv {seen}.part {seen}\n')
    script.chmod(0o700)
    terminal, side = os.openpty()  # a browser is opened for people at a terminal alone
    desktop = {"BROWSER": str(script), "DISPLAY": ":99", "PATH": os.environ["PATH"]}

    async def run() -> None:
        async with serving(pack, stdin=side, env={**os.environ, **desktop}) as served:
            await until(seen.exists, "the browser")
            base, _, ticket = seen.read_text().strip().partition("/#ticket=")
            assert base == served.base
            assert served.token not in seen.read_text()
            body, headers = {"ticket": ticket}, {"Authorization": ""}
            first = await served.ask("POST", "/api/ticket", json=body, headers=headers)
            assert first == (200, {"token": served.token})
            assert (await served.ask("POST", "/api/ticket", json=body, headers=headers))[0] == 403

    try:
        asyncio.run(run())
    finally:
        os.close(terminal)
        os.close(side)


def fails(*words: str, **environment: str) -> str:
    """The one line of stderr of a start that must fail."""
    run = subprocess.run(
        [sys.executable, "-m", "reenact", "serve", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
    )
    assert (run.returncode, run.stdout) == (1, "")
    (line,) = run.stderr.splitlines()
    assert line.startswith("reenact: ")
    return line


def test_other_machines_are_not_let_in_without_tls() -> None:
    assert "needs TLS" in fails("--host", "0.0.0.0", "--allow-host", "box")


def test_weak_token_is_refused_and_not_shown() -> None:
    line = fails(REENACT_TOKEN="hunter2")

    assert "REENACT_TOKEN must be" in line
    assert "hunter2" not in line


def test_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = fails("--port", str(port))

    assert f"127.0.0.1:{port} cannot be listened on" in line
    assert "choose another with --port" in line


def test_place_that_cannot_hold_recordings_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"")

    assert "cannot hold recordings" in fails("--recordings", str(tmp_path / "film"), "--port", "0")


def test_damaged_pack_is_one_sentence(tmp_path: Path) -> None:
    root = write_pack(tmp_path / "pack")
    (root / "synthesis.onnx").write_bytes(b"other")

    assert "damaged" in fails("--pack", str(root), "--port", "0").splitlines()[0]
