"""server/web/metrics.py: the figures Prometheus reads, of all sessions together."""

import asyncio
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.support.fake_sessions import FakeSessions, serve_fakes


def test_figures_follow_the_sessions(tmp_path: Path) -> None:
    sessions = FakeSessions(room_for=2)

    async def run() -> str:
        async with serve_fakes(tmp_path, sessions) as client:
            await client.offer("/whip/a")
            await client.offer("/whep/a")
            await client.offer("/whip/b")
            await client.ask(
                "POST", "/api/sessions", data="x", headers={"Content-Type": "text/plain"}
            )
            page: bytes = (await client.ask("GET", "/metrics"))[1]
            return page.decode()

    text = asyncio.run(run())
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert values["reenact_sessions", "publisher", "live"] == 1
    assert values["reenact_sessions", "viewer", "live"] == 1
    assert values["reenact_offers_total", "201"] == 2
    assert values["reenact_offers_total", "503"] == 1
    assert values["reenact_offers_total", "415"] == 1
    assert values["reenact_sessions_opened_total", "viewer"] == 1
    assert values["reenact_frames_per_second", "in"] == 60.0
    assert values["reenact_stage_ms", "synthesis"] == 25.0
    assert values["reenact_server_ms", "0.95"] == 80.0
    assert values["reenact_loop_lag_ms",] == 250.0
    assert not any(id in text for id in sessions.opened)
