"""The scan, against the recurrence one step after the other."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.kernels.scan import scan


def inputs(time: int, *, seed: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    generator = make_generator(seed)
    keep = torch.rand(time, 2, 3, generator=generator, dtype=torch.float64)
    new = torch.randn(time, 2, 3, generator=generator, dtype=torch.float64)
    return keep, new, torch.randn(2, 3, generator=generator, dtype=torch.float64)


def one_by_one(keep: Tensor, new: Tensor, before: Tensor) -> Tensor:
    steps = []
    for kept, added in zip(keep, new, strict=True):
        before = kept * before + added
        steps.append(before)
    return torch.stack(steps)


@given(time=st.integers(1, 40), seed=st.integers(0, 1000))
def test_every_length_gives_the_recurrence(time: int, seed: int) -> None:
    given_ = inputs(time, seed=seed)
    torch.testing.assert_close(scan(*given_), one_by_one(*given_))


@pytest.mark.parametrize("time", [1, 2, 3, 8, 13])
def test_gradients_are_those_of_the_recurrence(time: int) -> None:
    given_ = [tensor.requires_grad_() for tensor in inputs(time)]
    found = torch.autograd.grad(scan(*given_).sin().sum(), given_)
    wanted = torch.autograd.grad(one_by_one(*given_).sin().sum(), given_)
    torch.testing.assert_close(found, wanted)


def test_gradients_equal_numerical_ones() -> None:
    assert torch.autograd.gradcheck(scan, [tensor.requires_grad_() for tensor in inputs(5)])


def test_a_shut_gate_forgets_and_an_open_one_sums_up() -> None:
    _, new, before = inputs(6)
    torch.testing.assert_close(scan(torch.zeros_like(new), new, before), new)
    torch.testing.assert_close(scan(torch.ones_like(new), new, before), before + new.cumsum(0))


def test_inputs_are_left_as_they_were() -> None:
    given_ = inputs(9)
    copies = [tensor.clone() for tensor in given_]
    scan(*given_)
    torch.testing.assert_close(list(given_), copies)


def test_a_long_sequence_stays_finite() -> None:
    keep, new = torch.full((4096, 1, 1), 0.999), torch.ones(4096, 1, 1)
    last = scan(keep, new, torch.zeros(1, 1))[-1].item()
    assert last == pytest.approx((1 - 0.999**4096) / 0.001, rel=1e-3)
