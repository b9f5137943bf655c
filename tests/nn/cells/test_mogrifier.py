"""The Mogrifier LSTM: its rounds of gating, and that without them it is a plain LSTM."""

import pytest
import torch
from torch import Tensor, nn

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.nn.cells.mogrifier import MogrifierCell, MogrifierOptions

INPUT, HIDDEN, BATCH, TIME = 3, 8, 2, 4


def made(rounds: int) -> MogrifierCell:
    cell = MogrifierCell(INPUT, HIDDEN, options=MogrifierOptions(rounds=rounds)).double()
    cell.initialise(make_generator(3))
    return cell


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=make_generator(seed), dtype=torch.float64)


def state() -> tuple[Tensor, Tensor]:
    return random(BATCH, HIDDEN, seed=2), random(BATCH, HIDDEN, seed=3)


def by_hand(cell: MogrifierCell, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    for number in range(len(cell.squeeze)):
        matrix = cell.spread[number] @ cell.squeeze[number]  # Q or R, whole
        if number % 2 == 0:
            x = 2 * torch.sigmoid(h @ matrix.T) * x
        else:
            h = 2 * torch.sigmoid(x @ matrix.T) * h
    sums = x @ cell.weight_input.T + h @ cell.weight_hidden.T + cell.bias
    i, f, o, g = sums.split(HIDDEN, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


@pytest.mark.parametrize("rounds", [0, 1, 2, 3, 4])
def test_a_sequence_follows_the_equations(rounds: int) -> None:
    cell, x, (h, c) = made(rounds), random(TIME, BATCH, INPUT), state()
    outputs, after = cell(x, (h, c))
    for t in range(TIME):
        h, c = by_hand(cell, x[t], h, c)
        torch.testing.assert_close(outputs[t], h)
    torch.testing.assert_close(after, (h, c))


def test_without_rounds_it_is_the_lstm_of_torch() -> None:
    cell, reference, x = made(0), nn.LSTM(INPUT, HIDDEN).double(), random(TIME, BATCH, INPUT)
    order = [block for gate in (0, 1, 3, 2) for block in range(HIDDEN * gate, HIDDEN * (gate + 1))]
    with torch.no_grad():  # torch's order: input, forget, candidate, output
        reference.weight_ih_l0.copy_(cell.weight_input[order])
        reference.weight_hh_l0.copy_(cell.weight_hidden[order])
        reference.bias_ih_l0.copy_(cell.bias[order])
        reference.bias_hh_l0.zero_()
    torch.testing.assert_close(cell(x, cell.start(BATCH))[0], reference(x)[0])


def test_gating_matrices_are_of_a_quarter_of_the_units_in_rank() -> None:
    cell = made(3)
    assert [tuple(m.shape) for m in cell.squeeze] == [(2, HIDDEN), (2, INPUT), (2, HIDDEN)]
    assert [tuple(m.shape) for m in cell.spread] == [(INPUT, 2), (HIDDEN, 2), (INPUT, 2)]
    tiny = MogrifierCell(2, 2, options=MogrifierOptions(rounds=1))
    assert tiny.squeeze[0].shape == (1, 2)


def test_a_gate_of_one_half_changes_nothing() -> None:
    cell, plain = made(2), made(0)
    with torch.no_grad():
        for matrix in cell.spread:
            matrix.zero_()
        for name in ("weight_input", "weight_hidden", "bias"):
            getattr(plain, name).copy_(getattr(cell, name))
    x = random(TIME, BATCH, INPUT)
    torch.testing.assert_close(cell(x, state()), plain(x, state()))


def test_fewer_than_no_rounds_are_refused() -> None:
    with pytest.raises(UsageError, match="rounds must be 0 or more, got -1"):
        MogrifierOptions(rounds=-1)
