"""The forecasting model and its heads."""

import math

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.forecasting.heads import LEVELS, RIDGE, VALUE_HEADS, GaussianHead, QuantileHead
from lmkit.forecasting.model import ForecastModel, ForecastModelConfig, SeriesWindow
from lmkit.nn.cells import CELLS

CONFIG = ForecastModelConfig(columns=2, waves=4, hidden=8)


def make(**changes) -> ForecastModel:
    config = ForecastModelConfig(columns=2, waves=4, hidden=8, **changes)
    return ForecastModel(config, torch.Generator().manual_seed(0)).eval()


@pytest.mark.parametrize("cell", CELLS.names())
def test_every_cell_reads_numbers_and_learns(cell):
    model = make(cell=cell)
    batch = SeriesWindow(torch.randn(3, 5, 6), torch.randn(3, 5, 2))
    loss, _ = model.loss(batch, model.start(3))
    loss.objective.backward()
    assert loss.count == 30
    assert all(w.grad is not None for w in model.head.parameters())
    assert any(w.grad is not None and w.grad.abs().sum() > 0 for w in model.recurrent.parameters())


def test_a_series_cut_in_two_reads_the_same():
    model = make(layers=2)
    inputs = torch.randn(3, 7, 6)
    whole, _ = model.read(inputs, model.start(3))
    first, state = model.read(inputs[:, :3], model.start(3))
    second, _ = model.read(inputs[:, 3:], state)
    assert torch.allclose(whole, torch.cat([first, second], 1), atol=1e-6)


def test_the_gaussian_loss_is_the_formula():
    head = GaussianHead(4, 2)
    hidden, targets = torch.randn(5, 4), torch.randn(5, 2)
    mean, deviation = head.mean_and_deviation(hidden)
    slow = sum(
        0.5 * math.log(2 * math.pi) + math.log(s) + (t - m) ** 2 / (2 * s * s)
        for m, s, t in zip(
            mean.flatten().tolist(),
            deviation.flatten().tolist(),
            targets.flatten().tolist(),
            strict=True,
        )
    )
    assert head.loss(hidden, targets).item() == pytest.approx(slow, rel=1e-5)


def test_the_pinball_loss_is_the_formula_and_quantiles_never_cross():
    head = QuantileHead(4, 2)
    hidden, targets = torch.randn(5, 4), torch.randn(5, 2)
    quantiles = head.quantiles(hidden)
    assert (quantiles.diff(dim=-1) > 0).all()
    slow = 0.0
    for row in range(5):
        for column in range(2):
            for level, said in zip(LEVELS, quantiles[row, column].tolist(), strict=True):
                off = float(targets[row, column]) - said
                slow += level * off if off > 0 else (level - 1) * off
    assert head.loss(hidden, targets).item() == pytest.approx(slow, rel=1e-4)


@pytest.mark.parametrize("name", VALUE_HEADS.names())
def test_draws_follow_the_distribution(name):
    head = VALUE_HEADS.get(name)(4, 1)
    hidden = torch.randn(1, 4).expand(20_000, 4)
    with torch.no_grad():
        drawn = head.sample(hidden, torch.Generator().manual_seed(1))[:, 0].numpy()
        if isinstance(head, QuantileHead):
            expected = head.quantiles(hidden)[0, 0, 2:-2].numpy()
            levels = LEVELS[2:-2]
        else:
            mean, deviation = head.mean_and_deviation(hidden)
            normal = torch.distributions.Normal(mean[0, 0], deviation[0, 0])
            levels = (0.1, 0.5, 0.9)
            expected = normal.icdf(torch.tensor(levels)).numpy()
    assert np.allclose(np.quantile(drawn, levels), expected, atol=0.08)


def test_paths_are_drawn_by_reading_what_was_drawn():
    model = make()
    waves, last = torch.randn(3, 4), torch.randn(2, 2)
    generator = torch.Generator().manual_seed(3)
    paths = model.continue_paths(model.start(2), last, waves, generator)
    generator = torch.Generator().manual_seed(3)
    state, slow = model.start(2), []
    with torch.no_grad():
        for wave in waves:
            inputs = torch.cat([last, wave.repeat(2, 1)], 1)[:, None]
            hidden, state = model.read(inputs, state)
            last = model.head.sample(hidden[:, 0], generator)
            slow.append(last)
    assert torch.equal(paths, torch.stack(slow, 1))


def test_impossible_shapes_are_refused():
    with pytest.raises(UsageError):
        ForecastModelConfig(hidden=0)
    with pytest.raises(UsageError):
        ForecastModelConfig(dropout=1.0)


@pytest.mark.parametrize("name", VALUE_HEADS.names())
def test_a_head_begins_as_a_ridge_regression_with_its_deviation(name: str) -> None:
    inputs, noise = torch.randn(60, 3, generator=make_generator(1)), make_generator(2)
    targets = inputs @ torch.tensor([[1.0, 0.0], [0.0, -2.0], [0.5, 0.5]]) + 3
    targets += 0.3 * torch.randn(60, 2, generator=noise)
    head = VALUE_HEADS.get(name)(2 + 3, 2)
    head.initialise(make_generator(3))
    head.begin_straight(inputs, targets)
    centred = inputs - inputs.mean(0)
    weight = torch.linalg.inv(centred.T @ centred + RIDGE * torch.eye(3)) @ centred.T @ targets
    line = centred @ weight + targets.mean(0)
    read = torch.cat((torch.zeros(60, 2), inputs), dim=-1)
    torch.testing.assert_close(middle_of(head, read), line, rtol=1e-2, atol=5e-2)
    drawn = head.sample(read[:1].expand(20_000, -1), make_generator(4))
    left = ((targets - line).square().sum(0) / (60 - 4)).sqrt()
    torch.testing.assert_close(drawn.std(0), left, rtol=0.1, atol=0)


def middle_of(head: GaussianHead | QuantileHead, read: torch.Tensor) -> torch.Tensor:
    if isinstance(head, GaussianHead):
        return head.mean_and_deviation(read)[0]
    return head.quantiles(read)[..., len(LEVELS) // 2]
