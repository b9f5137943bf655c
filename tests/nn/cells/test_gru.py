"""The gated recurrent unit, against `torch.nn.GRU` and its equations."""

import torch
from torch import Tensor, nn

from lmkit.core.seeding import make_generator
from lmkit.nn.cells.gru import GRUCell

INPUT, HIDDEN, BATCH, TIME = 3, 5, 2, 6


def made() -> GRUCell:
    cell = GRUCell(INPUT, HIDDEN).double()
    cell.initialise(make_generator(4))
    with torch.no_grad():
        cell.bias.copy_(torch.linspace(-1, 1, 3 * HIDDEN))
        cell.bias_candidate.copy_(torch.linspace(0.5, -0.5, HIDDEN))
    return cell


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=make_generator(seed), dtype=torch.float64)


def test_outputs_states_and_gradients_equal_those_of_torch() -> None:
    cell, reference = made(), nn.GRU(INPUT, HIDDEN).double()
    inside = torch.cat((torch.zeros(2 * HIDDEN), cell.bias_candidate.detach()))
    with torch.no_grad():
        reference.weight_ih_l0.copy_(cell.weight_input)
        reference.weight_hh_l0.copy_(cell.weight_hidden)
        reference.bias_ih_l0.copy_(cell.bias)
        reference.bias_hh_l0.copy_(inside)
    x, h = random(TIME, BATCH, INPUT), random(BATCH, HIDDEN, seed=2)
    outputs, (after,) = cell(x, (h,))
    expected, last = reference(x, h.unsqueeze(0))
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(after, last[0])
    outputs.sin().sum().backward()
    expected.sin().sum().backward()
    torch.testing.assert_close(cell.weight_input.grad, reference.weight_ih_l0.grad)
    torch.testing.assert_close(cell.weight_hidden.grad, reference.weight_hh_l0.grad)
    torch.testing.assert_close(cell.bias.grad, reference.bias_ih_l0.grad)
    torch.testing.assert_close(cell.bias_candidate.grad, reference.bias_hh_l0.grad[2 * HIDDEN :])


def test_a_step_follows_the_equations_block_by_block() -> None:
    cell = made()
    x, h = random(BATCH, INPUT), random(BATCH, HIDDEN, seed=2)
    w_r, w_u, w_n = cell.weight_input.split(HIDDEN)
    r_r, r_u, r_n = cell.weight_hidden.split(HIDDEN)
    b_r, b_u, b_n = cell.bias.split(HIDDEN)
    reset = torch.sigmoid(x @ w_r.T + h @ r_r.T + b_r)
    update = torch.sigmoid(x @ w_u.T + h @ r_u.T + b_u)
    candidate = torch.tanh(x @ w_n.T + b_n + reset * (h @ r_n.T + cell.bias_candidate))
    step = cell.step(x, (h,))
    torch.testing.assert_close(step.output, update * h + (1 - update) * candidate)
    wanted = {"reset": reset, "update": update, "candidate": candidate}
    torch.testing.assert_close(dict(step.gates), wanted)


def test_an_open_update_gate_keeps_the_state_and_a_shut_one_replaces_it() -> None:
    cell, h = made(), random(BATCH, HIDDEN, seed=2)
    cell.set_forget_bias(40.0)
    torch.testing.assert_close(cell.step(random(BATCH, INPUT), (h,)).output, h)
    cell.set_forget_bias(-40.0)
    replaced = cell.step(random(BATCH, INPUT), (h,))
    torch.testing.assert_close(replaced.output, replaced.gates["candidate"])
