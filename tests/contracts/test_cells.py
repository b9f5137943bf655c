"""What every registered cell must do: a new cell is tested by being registered."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.cells import CELLS
from lmkit.nn.cells.cell import Cell
from lmkit.nn.state import LayerState, select_rows

INPUT, HIDDEN, BATCH, TIME = 3, 4, 2, 5


@pytest.fixture(params=CELLS.names())
def cell(request: pytest.FixtureRequest) -> Cell:
    made = CELLS.get(request.param)(INPUT, HIDDEN)
    made.initialise(make_generator(7))
    return made


def inputs(time: int = TIME, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(time, BATCH, INPUT, generator=make_generator(1), dtype=dtype)


def some_state(cell: Cell) -> LayerState:
    """A memory that has read something."""
    _, state = cell(inputs(3), cell.start(BATCH))
    return tuple(part.detach() for part in state)


def step_by_step(cell: Cell, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
    outputs = []
    for x_t in x:
        result = cell.step(x_t, state)
        outputs.append(result.output)
        state = result.state
    return torch.stack(outputs), state


def close(ours: object, theirs: object) -> None:
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_forward_equals_a_loop_of_steps(cell):
    x, state = inputs(), some_state(cell)
    close(cell(x, state), step_by_step(cell, x, state))


def test_forward_has_the_gradients_of_a_loop_of_steps(cell):
    x, state = inputs().requires_grad_(), some_state(cell)
    wanted = [x, *cell.parameters()]
    found = []
    for read in (cell, lambda x, state: step_by_step(cell, x, state)):
        outputs, after = read(x, state)
        total = outputs.square().sum() + sum(part.sum() for part in after)
        found.append(torch.autograd.grad(total, wanted, allow_unused=True))
    close(*found)


def test_gradients_equal_numerical_ones(cell):
    cell = cell.double()
    x = inputs(2, torch.float64).requires_grad_()
    state = tuple(part.double().requires_grad_() for part in cell.start(BATCH))
    names = [name for name, _ in cell.named_parameters()]
    parameters = [parameter.detach().requires_grad_() for parameter in cell.parameters()]

    def run(x: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        memory, weights = rest[: len(state)], rest[len(state) :]
        outputs, after = cell.forward_with(x, memory, dict(zip(names, weights, strict=True)))
        return outputs, *after

    assert torch.autograd.gradcheck(run, (x, *state, *parameters), fast_mode=True)


def test_text_cut_in_two_reads_the_same(cell):
    x, state = inputs(), some_state(cell)
    whole = cell(x, state)
    first, between = cell(x[:2], state)
    second, after = cell(x[2:], between)
    close((torch.cat([first, second]), after), whole)


def test_rows_of_a_batch_do_not_see_each_other(cell):
    x, state = inputs(), some_state(cell)
    rows = torch.tensor([1, 0, 1])
    outputs, after = cell(x, state)
    (picked,) = select_rows((state,), rows)
    (expected,) = select_rows((after,), rows)
    close(cell(x[:, rows], picked), (outputs[:, rows], expected))


def test_the_memory_given_is_not_changed(cell):
    state = some_state(cell)
    before = [part.clone() for part in state]
    cell(inputs(), state)
    cell.step(inputs()[0], state)
    close(list(state), before)


def test_equal_generators_give_equal_cells(cell):
    other = type(cell)(INPUT, HIDDEN)
    other.initialise(make_generator(7))
    for one, same in zip(cell.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, same)


def test_a_step_reports_every_gate_and_the_candidate(cell):
    result = cell.step(inputs()[0], some_state(cell))
    assert set(result.gates) == {*cell.gates, "candidate"}
    assert {tuple(value.shape) for value in result.gates.values()} == {(BATCH, HIDDEN)}
    assert result.output.shape == (BATCH, cell.output_size)


def test_recurrent_weights_are_parameters_that_can_be_replaced(cell):
    x, state = inputs(), some_state(cell)
    names = dict(cell.named_parameters())
    assert set(cell.recurrent) <= set(names)
    zeros = {name: torch.zeros_like(names[name]) for name in cell.recurrent}
    replaced, _ = cell.forward_with(x, state, zeros)
    assert zeros == {} or not torch.equal(replaced, cell(x, state)[0])
