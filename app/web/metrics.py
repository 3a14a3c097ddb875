"""What Prometheus may know: how often, how long, how many. Routes are told by their template, so that nobody can make up new ones."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from app.web.live import Lines
from app.work.caches import store
from app.work.desk import Desk
from app.work.times import PARTS, Times

disable_created_metrics()  # type: ignore[no-untyped-call]
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


class Metrics:
    """The figures of one app."""

    def __init__(self, desk: Desk, lines: Lines) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("curlyd_requests", "Requests that were answered.", ["method", "route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "curlyd_request_seconds", "From a request to its answer.", ["route"], buckets=BUCKETS, registry=self.registry
        )
        self.parts = Counter("curlyd_part_seconds", "Time spent on the parts of answers.", ["part"], registry=self.registry)
        self._parts = {part: self.parts.labels(part) for part in PARTS}
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(_Levels(desk, lines))

        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, route: str, status: int, seconds: float, times: Times) -> None:
        """Counts an answer."""
        key = (method, route, status)
        if key not in self._known:
            self._known[key] = (self.requests.labels(method, route, str(status)), self.seconds.labels(route))
        requests, taken = self._known[key]
        requests.inc()
        taken.observe(seconds)
        for part, spent in times.items():
            self._parts[part].inc(spent)

    def serve(self, host: str, port: int) -> None:
        """Offers the figures on a port of their own, in a thread of their own."""
        start_http_server(port, host, self.registry)


class _Levels(Collector):
    """What is so at the moment."""

    def __init__(self, desk: Desk, lines: Lines) -> None:
        self.desk, self.lines = desk, lines

    def collect(self) -> Iterator[Metric]:
        inside = GaugeMetricFamily("curlyd_inside", "Requests that are worked on, or wait for it.", labels=["lane"])
        refused = CounterMetricFamily("curlyd_refused", "Requests that were turned away.", labels=["lane"])
        for lane in self.desk.lanes:
            inside.add_metric([lane.name], lane.inside)
            refused.add_metric([lane.name], lane.refused)
        yield inside
        yield refused
        yield GaugeMetricFamily("curlyd_ready", "Whether the processes for heavy work answer.", value=float(self.desk.keeper.alive))
        yield GaugeMetricFamily("curlyd_connections", "Pages that are connected over a WebSocket.", value=self.lines.count)
        hits = CounterMetricFamily("curlyd_cache_hits", "What was asked for and was there.", labels=["cache"])
        misses = CounterMetricFamily("curlyd_cache_misses", "What was asked for and had to be made.", labels=["cache"])
        size = GaugeMetricFamily("curlyd_cache_bytes", "What is kept, about.", labels=["cache"])
        for name in sorted(store.misses):
            hits.add_metric([name], store.hits[name])
            misses.add_metric([name], store.misses[name])
            size.add_metric([name], store.bytes[name])
        yield from (hits, misses, size)
