"""The LSTM with layer normalisation, against its equations with mean and deviation written out."""

import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.cells.gated import FORGET_BIAS
from lmkit.nn.cells.layernorm import LayerNormCell

INPUT, HIDDEN, BATCH, TIME = 3, 4, 2, 5
EPSILON = 1e-5  # what torch adds to the variance


def made() -> LayerNormCell:
    cell = LayerNormCell(INPUT, HIDDEN).double()
    cell.initialise(make_generator(3))
    generator = make_generator(8)
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            if name.startswith(("scale", "bias")):
                parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return cell


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=make_generator(seed), dtype=torch.float64)


def normalised(rows: Tensor, scale: Tensor) -> Tensor:
    mean = rows.mean(-1, keepdim=True)
    variance = (rows - mean).square().mean(-1, keepdim=True)
    return scale * (rows - mean) / (variance + EPSILON).sqrt()


def by_hand(cell: LayerNormCell, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    sums = (
        normalised(x @ cell.weight_input.T, cell.scale_input)
        + normalised(h @ cell.weight_hidden.T, cell.scale_hidden)
        + cell.bias
    )
    i, f, o, g = sums.split(HIDDEN, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(normalised(c, cell.scale_cell) + cell.bias_cell), c


def test_a_sequence_follows_the_equations() -> None:
    cell, x = made(), random(TIME, BATCH, INPUT)
    h, c = random(BATCH, HIDDEN, seed=2), random(BATCH, HIDDEN, seed=3)
    outputs, after = cell(x, (h, c))
    for t in range(TIME):
        h, c = by_hand(cell, x[t], h, c)
        torch.testing.assert_close(outputs[t], h)
    torch.testing.assert_close(after, (h, c))


def test_the_size_of_the_input_does_not_matter() -> None:
    cell, x = made(), random(TIME, BATCH, INPUT)
    outputs, _ = cell(x, cell.start(BATCH))
    louder, _ = cell(1000 * x, cell.start(BATCH))
    torch.testing.assert_close(louder, outputs, atol=1e-3, rtol=1e-3)


def test_an_untrained_cell_scales_by_one_and_keeps_its_state() -> None:
    cell = LayerNormCell(INPUT, HIDDEN)
    scales = (cell.scale_input, cell.scale_hidden, cell.scale_cell)
    assert all(torch.equal(scale, torch.ones_like(scale)) for scale in scales)
    assert cell.bias.view(4, HIDDEN)[1].tolist() == [FORGET_BIAS] * HIDDEN
    assert cell.bias.sum().item() == FORGET_BIAS * HIDDEN


def test_a_trace_replays_the_steps() -> None:
    cell, x = made(), random(TIME, BATCH, INPUT)
    state = (random(BATCH, HIDDEN, seed=2), random(BATCH, HIDDEN, seed=3))
    traced = cell.trace(x, state)
    for t in range(TIME):
        step = cell.step(x[t], state)
        state = step.state
        torch.testing.assert_close((traced.state[0][t], traced.state[1][t]), state)
        torch.testing.assert_close({n: g[t] for n, g in traced.gates.items()}, dict(step.gates))
