"""Prometheus metrics of all sessions together; none tells of a single one."""

from collections import Counter
from collections.abc import Callable, Iterator

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client import Counter as CountMetric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.sessions.sessions import Sessions

OFFERS = frozenset({"/api/sessions", "/whip/{room}", "/whep/{room}"})
"""Routes whose POST is an offer."""

_RATES = {"in": "in_fps", "out": "out_fps"}
_PERCENTILES = ("0.5", "0.95")


class Metrics:
    """Counts offers by status of the answer; all else is read from the sessions when scraped."""

    def __init__(self, sessions: Sessions, *, lag_s: Callable[[], float]) -> None:
        """lag_s: returns how many seconds late the event loop is."""
        self._registry = CollectorRegistry()
        self._registry.register(_Live(sessions, lag_s))
        self._offers = CountMetric(
            "reenact_offers", "Offers, by status of the answer", ["code"], registry=self._registry
        )

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/metrics", self.page)]

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        resource = request.match_info.route.resource
        if (
            request.method == hdrs.METH_POST
            and resource is not None
            and resource.canonical in OFFERS
        ):
            self._offers.labels(str(response.status)).inc()
        return response

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._registry), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST}
        )


class _Live(Collector):
    """Metrics that are computed at each scrape."""

    def __init__(self, sessions: Sessions, lag_s: Callable[[], float]) -> None:
        self._sessions, self._lag_s = sessions, lag_s

    def describe(self) -> list[Metric]:
        return []  # the sessions exist only once the loop runs

    def collect(self) -> Iterator[Metric]:
        yield self._count_sessions()
        yield from self._count_events()
        yield from self._measure_frames()
        lag = GaugeMetricFamily("reenact_loop_lag_ms", "How late the event loop was")
        lag.add_metric([], 1e3 * self._lag_s())
        yield lag

    def _count_sessions(self) -> Metric:
        gauge = GaugeMetricFamily("reenact_sessions", "Sessions", labels=["kind", "state"])
        for key, number in Counter(
            (one.kind, one.state) for one in self._sessions.states()
        ).items():
            gauge.add_metric(key, number)
        return gauge

    def _count_events(self) -> Iterator[Metric]:
        """Sessions opened and ended so far, from the counters opened_KIND and ended_CAUSE."""
        for event, label in (("opened", "kind"), ("ended", "cause")):
            family = CounterMetricFamily(
                f"reenact_sessions_{event}", f"Sessions that were {event}", labels=[label]
            )
            for name, number in self._sessions.counters.items():
                if name.startswith(f"{event}_"):
                    family.add_metric([name.removeprefix(f"{event}_")], number)
            yield family

    def _measure_frames(self) -> Iterator[Metric]:
        """Rates are sums over all sessions; delays are those of the slowest session."""
        statistics = [one.statistics for one in self._sessions.states()]
        rate = GaugeMetricFamily("reenact_frames_per_second", "Frames a second", labels=["dir"])
        for direction, key in _RATES.items():
            rate.add_metric([direction], sum(one.get(key) or 0.0 for one in statistics))
        yield rate
        stage = GaugeMetricFamily("reenact_stage_ms", "Median time of a stage", labels=["stage"])
        for name in sorted({name for one in statistics for name in one.get("stages", {})}):
            stage.add_metric(
                [name], max(one.get("stages", {}).get(name) or 0 for one in statistics)
            )
        yield stage
        server = GaugeMetricFamily(
            "reenact_server_ms",
            "From a frame's arrival to its picture's leaving",
            labels=["quantile"],
        )
        ages = [one["age_ms"] for one in statistics if None not in one.get("age_ms", [None])]
        for index, quantile in enumerate(_PERCENTILES):
            server.add_metric([quantile], max((age[index] for age in ages), default=0.0))
        yield server
