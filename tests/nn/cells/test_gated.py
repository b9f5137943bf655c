"""The base of gated cells, by a cell of the test's own and by the LSTM without peepholes."""

import pytest
import torch
from torch import Tensor, nn

from lmkit.core.seeding import make_generator
from lmkit.nn.cells.gated import FORGET_BIAS, GatedCell, Update, run_unit_loop
from lmkit.nn.state import LayerState

INPUT, HIDDEN, BATCH, TIME = 3, 4, 2, 5


class EchoCell(GatedCell):
    """A cell that shows two tensors: c' = sigmoid(f) c + s * tanh(g) and its square."""

    gates = ("forget",)
    blocks = ("forget", "candidate")
    shown_parts = 2

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_hidden = nn.Parameter(torch.empty(2 * hidden_size, 2 * hidden_size))
        self.strength = nn.Parameter(torch.empty(hidden_size))
        self.initialise()
        nn.init.constant_(self.strength, 0.7)

    def unit_weights(self) -> tuple[Tensor, ...]:
        return (self.strength,)

    def equations(
        self, sums: tuple[Tensor, ...], cell: Tensor, weights: tuple[Tensor, ...]
    ) -> Update:
        forget, candidate = sums[0].sigmoid(), sums[1].tanh()
        cell = forget * cell + weights[0] * candidate
        return Update({"forget": forget, "candidate": candidate}, cell, (cell, cell.square()))


@pytest.fixture
def cell() -> EchoCell:
    made = EchoCell(INPUT, HIDDEN).double()
    made.initialise(make_generator(3))
    with torch.no_grad():
        made.strength.copy_(torch.linspace(0.2, 1, HIDDEN))
    return made


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=make_generator(seed), dtype=torch.float64)


def some_state(cell: EchoCell) -> LayerState:
    return tuple(random(*part.shape, seed=5 + n) for n, part in enumerate(cell.start(BATCH)))


def by_steps(cell: EchoCell, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
    outputs = []
    for x_t in x:
        step = cell.step(x_t, state)
        outputs.append(step.output)
        state = step.state
    return torch.stack(outputs), state


def test_the_state_holds_the_cell_and_every_part_that_is_shown(cell: EchoCell) -> None:
    hidden, memory, square = cell.start(BATCH)
    assert {part.shape for part in (hidden, memory, square)} == {(BATCH, HIDDEN)}
    step = cell.step(random(BATCH, INPUT), cell.start(BATCH))
    torch.testing.assert_close(step.state[0], step.state[1])
    torch.testing.assert_close(step.state[2], step.state[1].square())


def test_the_loop_has_the_values_and_gradients_of_the_steps(cell: EchoCell) -> None:
    x, state = random(TIME, BATCH, INPUT).requires_grad_(), some_state(cell)
    wanted = [x, *cell.parameters()]
    found = []
    for outputs, after in (cell(x, state), by_steps(cell, x, state)):
        total = outputs.sin().sum() + sum((n + 1) * part.sum() for n, part in enumerate(after))
        found.append((outputs, after, torch.autograd.grad(total, wanted)))
    torch.testing.assert_close(*found)


def test_a_trace_holds_what_each_step_says(cell: EchoCell) -> None:
    x, state = random(TIME, BATCH, INPUT), some_state(cell)
    traced = cell.trace(x, state)
    for t, x_t in enumerate(x):
        step = cell.step(x_t, state)
        state = step.state
        torch.testing.assert_close(traced.output[t], step.output)
        torch.testing.assert_close([part[t] for part in traced.state], list(state))
        torch.testing.assert_close({n: g[t] for n, g in traced.gates.items()}, dict(step.gates))


def test_sums_made_before_are_read_as_the_inputs_would_be(cell: EchoCell) -> None:
    x, (hidden, memory, square) = random(TIME, BATCH, INPUT), some_state(cell)
    sums = x @ cell.weight_input.T + cell.bias
    before = torch.cat((hidden, square), dim=-1)
    shown, last = run_unit_loop(cell, sums, before, memory, cell.shown_weight())
    outputs, after = cell(x, (hidden, memory, square))
    torch.testing.assert_close(shown[..., :HIDDEN], outputs)
    torch.testing.assert_close(last, after[1])


def test_the_forget_gate_alone_starts_open(cell: EchoCell) -> None:
    assert cell.bias[:HIDDEN].tolist() == [FORGET_BIAS] * HIDDEN
    assert cell.bias[HIDDEN:].tolist() == [0.0] * HIDDEN


def test_a_cell_without_equations_cannot_be_made() -> None:
    with pytest.raises(TypeError, match=r"abstract method '?equations"):
        GatedCell(INPUT, HIDDEN)
