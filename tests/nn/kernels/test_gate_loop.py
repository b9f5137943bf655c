"""The loop of full gate recurrence, against the same steps that autograd follows."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.kernels.gate_loop import GateLoop

UNITS, BATCH = 3, 2


def inputs(time: int) -> list[Tensor]:
    generator = make_generator(2)
    shapes = [
        (time, BATCH, 4 * UNITS),
        (BATCH, UNITS),
        (BATCH, 3 * UNITS),
        (BATCH, UNITS),
        (4 * UNITS, UNITS),
        (3 * UNITS, 3 * UNITS),
    ]
    made = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    made[2] = made[2].sigmoid()  # gates lie between 0 and 1
    return [tensor.requires_grad_() for tensor in made]


def slowly(
    sums: Tensor, hidden: Tensor, gates: Tensor, cell: Tensor, weight: Tensor, across: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    outputs = []
    for read in sums:
        total = read + hidden @ weight.T
        gates = torch.sigmoid(total[:, : 3 * UNITS] + gates @ across.T)
        i, f, o = gates.chunk(3, dim=-1)
        cell = f * cell + i * torch.tanh(total[:, 3 * UNITS :])
        hidden = o * torch.tanh(cell)
        outputs.append(hidden)
    return torch.stack(outputs), gates, cell


@pytest.mark.parametrize("time", [1, 2, 6])
def test_outputs_and_every_gradient_equal_those_of_plain_steps(time: int) -> None:
    given = inputs(time)
    found = []
    for run in (GateLoop.apply, slowly):
        outputs, gates, cell = run(*given)
        total = outputs.sin().sum() + 2 * gates.square().sum() + 3 * cell.cos().sum()
        found.append(((outputs, gates, cell), torch.autograd.grad(total, given)))
    torch.testing.assert_close(*found)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_each_result_alone_has_its_gradient(which: int) -> None:
    given = inputs(3)
    found, wanted = (
        torch.autograd.grad(run(*given)[which].sin().sum(), given, materialize_grads=True)
        for run in (GateLoop.apply, slowly)
    )
    torch.testing.assert_close(found, wanted)


def test_what_goes_in_is_left_as_it_was() -> None:
    given = inputs(4)
    before = [tensor.detach().clone() for tensor in given]
    GateLoop.apply(*given)[0].sum().backward()
    assert all(map(torch.equal, before, given))
