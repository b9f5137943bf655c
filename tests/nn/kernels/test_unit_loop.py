"""The loop for equations that work unit by unit, against the same steps that autograd follows."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.kernels.unit_loop import Equations, UnitLoop

UNITS, BATCH = 3, 2


def lstm(
    sums: Tensor, cell: Tensor, weights: tuple[Tensor, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    i, f, o, g = sums.chunk(4, dim=-1)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return cell, (o.sigmoid() * cell.tanh(),)


def peephole(
    sums: Tensor, cell: Tensor, weights: tuple[Tensor, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Two blocks, two weights of single units, two recurrent outputs."""
    f, g = sums.chunk(2, dim=-1)
    forget = (f + weights[0] * cell).sigmoid()
    cell = forget * cell + weights[1] * g.tanh()
    return cell, (cell.tanh(), forget)


CASES = pytest.mark.parametrize(
    ("equations", "blocks", "shown", "weights"), [(lstm, 4, 1, 0), (peephole, 2, 2, 2)]
)


def inputs(time: int, blocks: int, shown: int, weights: int) -> list[Tensor]:
    generator = make_generator(2)
    shapes = [
        (time, BATCH, blocks * UNITS),
        (BATCH, shown * UNITS),
        (BATCH, UNITS),
        (blocks * UNITS, shown * UNITS),
        *[(UNITS,)] * weights,
    ]
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in shapes
    ]


def slowly(
    equations: Equations, sums: Tensor, shown: Tensor, cell: Tensor, weight: Tensor, *rest: Tensor
) -> tuple[Tensor, Tensor]:
    steps = []
    for total in sums:
        cell, parts = equations(total + shown @ weight.T, cell, rest)
        shown = torch.cat(parts, dim=-1)
        steps.append(shown)
    return torch.stack(steps), cell


@CASES
@pytest.mark.parametrize("time", [1, 2, 6])
def test_outputs_and_every_gradient_equal_those_of_plain_steps(
    time: int, equations: Equations, blocks: int, shown: int, weights: int
) -> None:
    given = inputs(time, blocks, shown, weights)
    found = []
    for run in (UnitLoop.apply, slowly):
        outputs, cell = run(equations, *given)
        total = outputs.sin().sum() + 2 * cell.cos().sum()
        found.append(((outputs, cell), torch.autograd.grad(total, given)))
    torch.testing.assert_close(*found)


@CASES
def test_the_last_cell_state_alone_has_its_gradient(
    equations: Equations, blocks: int, shown: int, weights: int
) -> None:
    given = inputs(3, blocks, shown, weights)
    found, wanted = (
        torch.autograd.grad(run(equations, *given)[1].sum(), given)
        for run in (UnitLoop.apply, slowly)
    )
    torch.testing.assert_close(found, wanted)


def test_what_goes_in_is_left_as_it_was() -> None:
    given = inputs(4, 4, 1, 0)
    before = [tensor.detach().clone() for tensor in given]
    outputs, _ = UnitLoop.apply(lstm, *given)
    outputs.sum().backward()
    assert all(map(torch.equal, before, given))
