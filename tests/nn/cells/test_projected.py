"""The LSTM with a projected hidden state, against `torch.nn.LSTM(proj_size=...)`."""

import pytest
import torch
from torch import Tensor, nn

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.nn.cells.projected import ProjectedCell, ProjectedOptions

INPUT, HIDDEN, SIZE, BATCH, TIME = 3, 6, 2, 2, 5


def made(size: int = SIZE) -> ProjectedCell:
    cell = ProjectedCell(INPUT, HIDDEN, options=ProjectedOptions(size=size)).double()
    cell.initialise(make_generator(3))
    return cell


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=make_generator(seed), dtype=torch.float64)


@pytest.mark.filterwarnings("ignore:.*oneDNN does not support proj:UserWarning")
def test_outputs_states_and_gradients_equal_those_of_torch() -> None:
    cell, reference = made(), nn.LSTM(INPUT, HIDDEN, proj_size=SIZE).double()
    order = [unit for gate in (0, 1, 3, 2) for unit in range(HIDDEN * gate, HIDDEN * (gate + 1))]
    with torch.no_grad():  # torch's order: input, forget, candidate, output
        reference.weight_ih_l0.copy_(cell.weight_input[order])
        reference.weight_hh_l0.copy_(cell.weight_hidden[order])
        reference.weight_hr_l0.copy_(cell.projection)
        reference.bias_ih_l0.copy_(cell.bias[order])
        reference.bias_hh_l0.zero_()
    x = random(TIME, BATCH, INPUT)
    h, c = random(BATCH, SIZE, seed=2), random(BATCH, HIDDEN, seed=3)
    outputs, after = cell(x, (h, c))
    expected, (last_h, last_c) = reference(x, (h[None], c[None]))
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(after, (last_h[0], last_c[0]))
    outputs.sin().sum().backward()
    expected.sin().sum().backward()
    torch.testing.assert_close(cell.projection.grad, reference.weight_hr_l0.grad)
    torch.testing.assert_close(cell.weight_hidden.grad[order], reference.weight_hh_l0.grad)


@pytest.mark.parametrize(("units", "width"), [(6, 3), (7, 4), (1, 1)])
def test_without_a_size_the_output_is_half_as_wide(units: int, width: int) -> None:
    cell = ProjectedCell(INPUT, units)
    assert cell.output_size == width
    assert [part.shape for part in cell.start(2)] == [(2, width), (2, units)]


def test_a_trace_replays_the_steps() -> None:
    cell, x, state = made(), random(TIME, BATCH, INPUT), made().start(BATCH)
    traced = cell.trace(x, state)
    for t in range(TIME):
        step = cell.step(x[t], state)
        state = step.state
        torch.testing.assert_close((traced.state[0][t], traced.state[1][t]), state)
        torch.testing.assert_close({n: g[t] for n, g in traced.gates.items()}, dict(step.gates))


def test_a_size_below_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="must be 0 or more, got -1"):
        ProjectedOptions(size=-1)
