"""Counters of the server, in the format of Prometheus."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from lmkit.serve.scheduler import Scheduler

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class Metrics:
    """Counters of one server, in a registry of its own.

    Attributes:
        registry: Where they are registered.
    """

    def __init__(self, scheduler: Scheduler, inside: Callable[[], int]) -> None:
        """Count from 0.

        Args:
            scheduler: What is read of the engine thread.
            inside: Returns the number of requests that are being answered or wait.
        """
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "lmkit_requests", "Requests answered.", ("route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "lmkit_request_seconds",
            "Time of a request, until its answer begins.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.registry.register(_EngineCollector(scheduler, inside))

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return all counters as Prometheus reads them."""
        return generate_latest(self.registry)


class _EngineCollector(Collector):
    """Figures of the engine thread, read when they are asked for."""

    def __init__(self, scheduler: Scheduler, inside: Callable[[], int]) -> None:
        self._scheduler = scheduler
        self._inside = inside

    @override
    def collect(self) -> Iterator[Metric]:
        scheduler, prefixes = self._scheduler, self._scheduler.prefixes
        for name, text, count in (
            ("lmkit_ticks", "Ticks of the engine thread.", scheduler.ticks),
            ("lmkit_tokens_written", "Tokens written.", scheduler.tokens),
            ("lmkit_prefix_hits", "Prompts of which a prefix was kept.", prefixes.hits),
            ("lmkit_prefix_misses", "Prompts of which none was.", prefixes.misses),
            ("lmkit_prefix_tokens", "Tokens not read again.", prefixes.tokens_saved),
        ):
            yield CounterMetricFamily(name, text, value=count)
        for name, text, value in (
            ("lmkit_requests_inside", "Requests being answered or waiting.", self._inside()),
            ("lmkit_rows", "Sequences read side by side.", scheduler.rows),
            ("lmkit_prefix_bytes", "Bytes of kept states.", prefixes.size),
        ):
            yield GaugeMetricFamily(name, text, value=value)
