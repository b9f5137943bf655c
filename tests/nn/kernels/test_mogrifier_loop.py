"""The loop of the Mogrifier LSTM, against the same steps that autograd follows."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.kernels.mogrifier_loop import MogrifierLoop, Round

INPUT, UNITS, RANK, BATCH = 2, 3, 2, 2


def inputs(time: int, rounds: int) -> list[Tensor]:
    generator = make_generator(2)
    shapes = [
        (time, BATCH, INPUT),
        (BATCH, UNITS),
        (BATCH, UNITS),
        (4 * UNITS, INPUT + UNITS),
        (4 * UNITS,),
    ]
    for turn in range(rounds):
        gating, gated = ((UNITS, INPUT), (INPUT, UNITS))[turn % 2]
        shapes += [(RANK, gating), (gated, RANK)]
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in shapes
    ]


def slowly(
    x: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, bias: Tensor, *thin: Tensor
) -> tuple[Tensor, Tensor]:
    outputs = []
    for read in x:
        pair = [read, hidden]
        for turn, (squeeze, spread) in enumerate(zip(thin[::2], thin[1::2], strict=True)):
            gated, gating = turn % 2, 1 - turn % 2
            gate = torch.sigmoid(pair[gating] @ squeeze.T @ spread.T)
            pair[gated] = 2 * gate * pair[gated]
        sums = torch.cat(pair, dim=-1) @ weight.T + bias
        i, f, o, g = sums.chunk(4, dim=-1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
        outputs.append(hidden)
    return torch.stack(outputs), cell


@pytest.mark.parametrize("rounds", [0, 1, 2, 3])
@pytest.mark.parametrize("time", [1, 4])
def test_outputs_and_every_gradient_equal_those_of_plain_steps(time: int, rounds: int) -> None:
    given = inputs(time, rounds)
    found = []
    for run in (MogrifierLoop.apply, slowly):
        outputs, cell = run(*given)
        total = outputs.sin().sum() + 2 * cell.cos().sum()
        found.append(((outputs, cell), torch.autograd.grad(total, given)))
    torch.testing.assert_close(*found)


def test_a_round_gates_one_vector_by_the_other() -> None:
    generator = make_generator(1)
    gating, gated = (torch.randn(BATCH, size, generator=generator) for size in (UNITS, INPUT))
    squeeze, spread = torch.randn(UNITS, RANK), torch.randn(RANK, INPUT)
    room = (torch.empty(BATCH, RANK), torch.empty(BATCH, INPUT), torch.empty(BATCH, INPUT))
    made = Round(gating, gated, *room)
    made.run(squeeze, spread)
    expected = 2 * torch.sigmoid(gating @ squeeze @ spread) * gated
    torch.testing.assert_close(made.result, expected)


def test_the_steps_of_a_round_share_its_memory() -> None:
    whole = Round(*(torch.zeros(4, BATCH, size) for size in (UNITS, INPUT, RANK, INPUT, INPUT)))
    steps = whole.steps()
    assert len(steps) == 4
    steps[2].result.fill_(7)
    assert whole.result[2].eq(7).all()
    assert whole.result[[0, 1, 3]].eq(0).all()
