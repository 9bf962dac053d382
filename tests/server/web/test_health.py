"""server/web/health.py: ready means that a session opened now would be served."""

import asyncio
from pathlib import Path

import pytest

from server.web.health import SILENT_S, Health
from tests.support.fake_sessions import serve_fakes


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def answer() -> None: ...


async def readiness(static: Path, health: Health) -> tuple[int, object]:
    async with serve_fakes(static, health=health) as client:
        assert (await client.ask("GET", "/healthz"))[0] == 200
        return (await client.ask("GET", "/readyz"))[:2]


def test_service_is_ready_once_the_device_answered(tmp_path: Path) -> None:
    async def run() -> None:
        health = Health(answer)
        status, body = await readiness(tmp_path, health)
        assert (status, body) == (503, {"ready": False, "reason": "the nets are being loaded"})

        await health.start()
        assert await readiness(tmp_path, health) == (200, {"ready": True})
        await health.close()
        await health.close()

    asyncio.run(run())


@pytest.mark.parametrize(("seconds", "status"), [(SILENT_S - 1, 200), (SILENT_S + 1, 503)])
def test_device_that_hangs_is_noticed(seconds: float, status: int, tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        health = Health(answer, clock)
        await health.start()
        clock.now += seconds
        assert (await readiness(tmp_path, health))[0] == status
        await health.close()

    asyncio.run(run())


def test_service_that_stops_is_not_ready(tmp_path: Path) -> None:
    async def run() -> None:
        health = Health(answer)
        await health.start()
        health.draining = True
        assert (await readiness(tmp_path, health))[0] == 503
        await health.close()

    asyncio.run(run())
