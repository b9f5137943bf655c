"""Attacks of scripts/bench/attacks.py, a little of each: refused, and the next request answered."""

import asyncio

import pytest

from .conftest import bench_module

NAMES = (
    "other_hosts",
    "fuzzed_names",
    "without_key",
    "broken_requests",
    "broken_bodies",
    "texts_that_are_none",
    "slow_heads",
    "many_connections",
    "leaving_clients",
)


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_is_refused_and_the_next_request_answered(
    locked_server: str, key: str, name: str
) -> None:
    attacks = bench_module("attacks")
    effort = attacks.Effort(connections=60, names=60, slow=5, patience=0, leaving=5)
    target = attacks.Target(locked_server, key)
    outcome = asyncio.run(attacks.attacked(target, attacks.ATTACKS[name], effort))
    assert outcome.requests > 0
    assert outcome.wrong == []
    assert outcome.is_alive


def test_every_attack_is_tested() -> None:
    assert set(NAMES) == set(bench_module("attacks").ATTACKS)


def test_what_is_answered_counts_as_got_through(locked_server: str, key: str) -> None:
    attacks = bench_module("attacks")
    target = attacks.Target(locked_server, key)

    async def honest(target: object, effort: object) -> dict[str, int]:
        request = attacks.head_of("GET", "/v1/models", [target.host_line, target.key_line])
        return await attacks.statuses(target, {"honest": request})

    outcome = asyncio.run(attacks.attacked(target, honest, attacks.Effort()))
    assert outcome.wrong == ["honest: 200"]
