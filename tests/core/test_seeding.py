"""Generators made from seeds: equal seeds, equal draws, and nobody else's numbers change."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.seeding import SEED_LIMIT, make_generator


def drawn(seed: int) -> list[float]:
    return torch.rand(8, generator=make_generator(seed)).tolist()


@given(st.integers())
def test_any_integer_is_a_seed(seed: int) -> None:
    assert drawn(seed) == drawn(seed)


def test_different_seeds_give_different_draws() -> None:
    assert len({tuple(drawn(seed)) for seed in range(50)}) == 50


@pytest.mark.parametrize("seed", [0, 1, -1, SEED_LIMIT - 1])
def test_seeds_are_counted_round_the_limit(seed: int) -> None:
    assert drawn(seed) == drawn(seed + SEED_LIMIT) == drawn(seed - SEED_LIMIT)


def test_a_small_seed_is_the_seed_that_torch_is_given() -> None:
    assert drawn(7) == torch.rand(8, generator=torch.Generator().manual_seed(7)).tolist()


def test_generators_of_one_seed_share_nothing() -> None:
    one, other = make_generator(5), make_generator(5)
    first = torch.rand(3, generator=one)
    torch.rand(100, generator=one)
    assert torch.equal(torch.rand(3, generator=other), first)


def test_the_generator_of_the_process_is_left_alone() -> None:
    before = torch.get_rng_state()
    torch.rand(10, generator=make_generator(3))
    assert torch.equal(torch.get_rng_state(), before)
