"""The simple recurrent network, against its equation written out unit by unit and against torch."""

import math

import pytest
import torch
from torch import nn

from lmkit.core.seeding import make_generator
from lmkit.nn.cells.elman import ElmanCell, ElmanReLUCell

INPUT, HIDDEN = 3, 4


def made(kind: type[ElmanCell]) -> ElmanCell:
    cell = kind(INPUT, HIDDEN).double()
    cell.initialise(make_generator(3))
    with torch.no_grad():
        cell.bias.copy_(torch.linspace(-0.5, 0.5, HIDDEN))
    return cell


def by_hand(cell: ElmanCell, x: list[list[float]], h: list[float]) -> list[list[float]]:
    function = (lambda total: max(0.0, total)) if isinstance(cell, ElmanReLUCell) else math.tanh
    weights, recurrent, bias = (
        cell.weight_input.tolist(),
        cell.weight_hidden.tolist(),
        cell.bias.tolist(),
    )
    steps = []
    for row in x:
        h = [
            function(
                sum(w * value for w, value in zip(weights[unit], row, strict=True))
                + sum(r * value for r, value in zip(recurrent[unit], h, strict=True))
                + bias[unit]
            )
            for unit in range(HIDDEN)
        ]
        steps.append(h)
    return steps


@pytest.mark.parametrize("kind", [ElmanCell, ElmanReLUCell])
def test_every_step_follows_the_equation(kind: type[ElmanCell]) -> None:
    cell = made(kind)
    x = torch.randn(5, 1, INPUT, generator=make_generator(1), dtype=torch.float64)
    start = torch.tensor([[0.3, -0.2, 0.1, 0.9]], dtype=torch.float64)
    outputs, (after,) = cell(x, (start,))
    expected = by_hand(cell, x[:, 0].tolist(), start[0].tolist())
    torch.testing.assert_close(outputs[:, 0], torch.tensor(expected, dtype=torch.float64))
    assert after[0].tolist() == pytest.approx(expected[-1])


@pytest.mark.parametrize(("kind", "name"), [(ElmanCell, "tanh"), (ElmanReLUCell, "relu")])
def test_outputs_and_gradients_equal_those_of_torch(kind: type[ElmanCell], name: str) -> None:
    cell = made(kind)
    reference = nn.RNN(INPUT, HIDDEN, nonlinearity=name).double()
    ours = [cell.weight_input, cell.weight_hidden, cell.bias, torch.zeros_like(cell.bias)]
    with torch.no_grad():
        for theirs, value in zip(reference.parameters(), ours, strict=True):
            theirs.copy_(value)
    x = torch.randn(6, 2, INPUT, generator=make_generator(1), dtype=torch.float64)
    outputs, _ = cell(x, cell.start(2))
    expected, _ = reference(x)
    torch.testing.assert_close(outputs, expected)
    outputs.sin().sum().backward()
    expected.sin().sum().backward()
    for mine, theirs in zip(cell.parameters(), reference.parameters(), strict=False):
        torch.testing.assert_close(mine.grad, theirs.grad)


def test_the_state_of_a_rectified_cell_can_grow_without_end_and_that_of_tanh_cannot() -> None:
    largest = {}
    for kind in (ElmanCell, ElmanReLUCell):
        cell = made(kind)
        with torch.no_grad():
            cell.weight_hidden.copy_(2 * torch.eye(HIDDEN))
        _, (h,) = cell(torch.ones(20, 1, INPUT, dtype=torch.float64), cell.start(1))
        largest[kind] = h.abs().max().item()
    assert largest[ElmanCell] <= 1
    assert largest[ElmanReLUCell] > 1000


def test_there_is_no_gate_and_no_gate_to_hold() -> None:
    cell = made(ElmanCell)
    assert cell.gates == cell.blocks == ()
    step = cell.step(torch.ones(1, INPUT, dtype=torch.float64), cell.start(1))
    assert set(step.gates) == {"candidate"}
    assert torch.equal(step.gates["candidate"], step.output)
