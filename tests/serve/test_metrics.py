"""Counters, as Prometheus reads them."""

from prometheus_client.parser import text_string_to_metric_families

from lmkit.serve.metrics import Metrics
from lmkit.serve.prefix_cache import PrefixCache
from lmkit.serve.scheduler import Scheduler


def values_of(text):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_answers_are_counted_by_route_and_status():
    metrics = Metrics(Scheduler(rows=1, prefixes=PrefixCache(0)), lambda: 3)
    for status in (200, 200, 400):
        metrics.answered("/v1/next", status, 0.02)
    values = values_of(metrics.text().decode())
    assert values["lmkit_requests_total", "/v1/next", "200"] == 2
    assert values["lmkit_requests_total", "/v1/next", "400"] == 1
    assert values["lmkit_request_seconds_count", "/v1/next"] == 3
    assert values[("lmkit_requests_inside",)] == 3


def test_hits_of_the_prefix_cache_and_tokens_are_shown(client):
    def values():
        return values_of(client.get("/metrics").text)

    body = {"text": "the cat saw a dog on the mat"}
    client.post("/v1/next", json=body)
    before = values()
    client.post("/v1/next", json=body)
    client.post("/v1/completions", json={"prompt": "a", "max_tokens": 5})
    after = values()
    assert after[("lmkit_prefix_hits_total",)] > before[("lmkit_prefix_hits_total",)]
    tokens = "lmkit_tokens_written_total"
    assert after[(tokens,)] == before[(tokens,)] + 5
    assert after[("lmkit_rows",)] == 0
    assert after[("lmkit_prefix_bytes",)] > 0


def test_routes_nobody_knows_share_one_name(client):
    client.get("/one/unknown")
    client.get("/another")
    names = {key[1] for key in values_of(client.get("/metrics").text) if "requests_total" in key[0]}
    assert "other" in names
    assert not any("unknown" in name for name in names)


def test_two_servers_count_apart():
    one = Metrics(Scheduler(rows=1, prefixes=PrefixCache(0)), lambda: 0)
    two = Metrics(Scheduler(rows=1, prefixes=PrefixCache(0)), lambda: 0)
    one.answered("/", 200, 0.1)
    assert b"lmkit_requests_total{" not in two.text()
