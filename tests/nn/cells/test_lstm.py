import torch
from torch import Tensor, nn

from lmkit.core.seeding import make_generator
from lmkit.nn.cells.lstm import LSTMCell


def lstm_and_reference(batch: int = 3) -> tuple[LSTMCell, nn.LSTM, Tensor, tuple[Tensor, Tensor]]:
    generator = make_generator(5)
    cell = LSTMCell(6, 8)
    cell.initialise(generator)
    reference = nn.LSTM(6, 8)
    ours = [cell.weight_input, cell.weight_hidden, cell.bias_input, cell.bias_hidden]
    with torch.no_grad():
        for theirs, value in zip(reference.parameters(), ours, strict=True):
            theirs.copy_(value)
    x = torch.randn(7, batch, 6, generator=generator)
    state = (torch.randn(batch, 8, generator=generator), torch.randn(batch, 8, generator=generator))
    return cell, reference, x, state


def test_outputs_states_and_gradients_equal_torch():
    cell, reference, x, (h, c) = lstm_and_reference()
    outputs, (h_after, c_after) = cell(x, (h, c))
    expected, (h_expected, c_expected) = reference(x, (h[None], c[None]))
    torch.testing.assert_close(outputs, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(h_after, h_expected[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(c_after, c_expected[0], rtol=1e-5, atol=1e-5)
    (outputs.square().sum() + c_after.sum()).backward()
    (expected.square().sum() + c_expected.sum()).backward()
    for ours, theirs in zip(cell.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)


def test_other_tensors_can_stand_in_for_parameters():
    cell, _, x, state = lstm_and_reference()
    other = torch.zeros_like(cell.weight_hidden).requires_grad_()
    outputs, _ = cell.forward_with(x, state, {"weight_hidden": other})
    outputs.sum().backward()
    assert other.grad is not None
    assert cell.weight_hidden.grad is None
    with torch.no_grad():
        cell.weight_hidden.zero_()
    torch.testing.assert_close(cell(x, state)[0], outputs)


def test_an_untrained_cell_remembers():
    cell = LSTMCell(6, 8)
    forget = cell.step(torch.zeros(1, 6), cell.start(1)).gates["forget"]
    torch.testing.assert_close(forget, torch.sigmoid(torch.ones(1, 8)))


def test_equal_generators_give_equal_cells():
    cells = [LSTMCell(6, 8), LSTMCell(6, 8)]
    for cell in cells:
        cell.initialise(make_generator(9))
    for one, other in zip(cells[0].parameters(), cells[1].parameters(), strict=True):
        assert torch.equal(one, other)
