"""Cells whose gates read the input alone, against a loop over time."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.cells.minimal import MinGRUCell, MinimalCell, MinLSTMCell

INPUT, HIDDEN, BATCH, TIME = 3, 4, 2, 9
BOTH = pytest.mark.parametrize("kind", [MinGRUCell, MinLSTMCell])


def made(kind: type[MinimalCell]) -> MinimalCell:
    cell = kind(INPUT, HIDDEN).double()
    cell.initialise(make_generator(3))
    return cell


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=make_generator(seed), dtype=torch.float64)


def by_hand(cell: MinimalCell, x: Tensor, h: Tensor) -> Tensor:
    sums = (x @ cell.weight_input.T + cell.bias).split(HIDDEN, dim=-1)
    if isinstance(cell, MinGRUCell):
        update = torch.sigmoid(sums[0])
        return (1 - update) * h + update * sums[1]
    i, f = torch.sigmoid(sums[0]), torch.sigmoid(sums[1])
    return (f * h + i * sums[2]) / (f + i)


@BOTH
def test_all_times_at_once_are_the_loop_over_time(kind: type[MinimalCell]) -> None:
    cell, x, h = made(kind), random(TIME, BATCH, INPUT), random(BATCH, HIDDEN, seed=2)
    outputs, (after,) = cell(x, (h,))
    for t in range(TIME):
        before, h = h, by_hand(cell, x[t], h)
        torch.testing.assert_close(outputs[t], h)
        torch.testing.assert_close(cell.step(x[t], (before,)).output, h)
    torch.testing.assert_close(after, h)


@BOTH
def test_gates_see_nothing_but_the_input(kind: type[MinimalCell]) -> None:
    cell, x = made(kind), random(BATCH, INPUT)
    gates = [cell.step(x, (random(BATCH, HIDDEN, seed=s),)).gates for s in (2, 3)]
    torch.testing.assert_close(dict(gates[0]), dict(gates[1]))
    assert cell.recurrent == ()


@BOTH
def test_the_state_stays_between_what_was_offered(kind: type[MinimalCell]) -> None:
    cell, x = made(kind), random(60, BATCH, INPUT)
    outputs, _ = cell(x, cell.start(BATCH))
    offered = cell.trace(x, cell.start(BATCH)).gates["candidate"]
    assert outputs.abs().max() <= offered.abs().max()


@BOTH
def test_an_untrained_cell_keeps_most_of_its_state(kind: type[MinimalCell]) -> None:
    cell = made(kind)
    with torch.no_grad():
        cell.weight_input.zero_()
    h = torch.ones(1, HIDDEN, dtype=torch.float64)
    kept = cell.step(torch.zeros(1, INPUT, dtype=torch.float64), (h,)).output
    assert kept.min() > 0.55


def test_the_shares_of_a_minimal_lstm_sum_to_one() -> None:
    cell = made(MinLSTMCell)
    with torch.no_grad():  # the candidate is 1 whatever is read
        cell.weight_input[2 * HIDDEN :] = 0
        cell.bias[2 * HIDDEN :] = 1
    ones = torch.ones(BATCH, HIDDEN, dtype=torch.float64)
    torch.testing.assert_close(cell.step(random(BATCH, INPUT), (ones,)).output, ones)


@BOTH
def test_an_extreme_gate_gives_numbers(kind: type[MinimalCell]) -> None:
    cell = made(kind)
    for bias in (-1000.0, 1000.0):
        cell.set_forget_bias(bias)
        outputs, _ = cell(random(TIME, BATCH, INPUT), cell.start(BATCH))
        assert outputs.isfinite().all()
