"""Output layers of forecasting: their losses, their samples, and how they begin."""

import math

import numpy as np
import pytest
import torch

from lmkit.core.errors import UnknownNameError
from lmkit.core.seeding import make_generator
from lmkit.forecasting.heads import (
    LEVELS,
    RIDGE,
    SMALLEST,
    VALUE_HEADS,
    GaussianHead,
    QuantileHead,
    fit_line,
)


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


def test_heads_are_found_by_name():
    assert VALUE_HEADS.names() == ("gaussian", "quantile")
    assert VALUE_HEADS.get("gaussian") is GaussianHead
    with pytest.raises(UnknownNameError, match="did you mean 'quantile'"):
        VALUE_HEADS.get("quantil")


@pytest.mark.parametrize("name", VALUE_HEADS.names())
def test_the_parameters_of_every_column_stand_side_by_side(name):
    head = VALUE_HEADS.get(name)(4, 3)
    hidden = torch.randn(2, 5, 4)
    assert head.numbers(hidden).shape == (2, 5, 3, {"gaussian": 2, "quantile": len(LEVELS)}[name])
    assert head.sample(hidden, make_generator(0)).shape == (2, 5, 3)


@pytest.mark.parametrize("name", VALUE_HEADS.names())
def test_the_gradient_of_the_loss_is_exact(name):
    head = VALUE_HEADS.get(name)(3, 2).double()
    hidden = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    targets = torch.randn(4, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda read: head.loss(read, targets), (hidden,))


@pytest.mark.parametrize("name", VALUE_HEADS.names())
def test_equal_generators_give_equal_weights_and_samples(name):
    heads = [VALUE_HEADS.get(name)(4, 2) for _ in range(2)]
    for head in heads:
        head.initialise(make_generator(5))
    assert torch.equal(heads[0].project.weight, heads[1].project.weight)
    assert torch.count_nonzero(heads[0].project.bias) == 0
    hidden = torch.randn(6, 4)
    samples = [head.sample(hidden, make_generator(7)) for head in heads]
    assert torch.equal(*samples)


def test_a_deviation_is_never_nought():
    head = GaussianHead(2, 1)
    with torch.no_grad():
        head.project.bias[:] = torch.tensor([0.0, -100.0])
        head.project.weight.zero_()
        _, deviation = head.mean_and_deviation(torch.zeros(1, 2))
        loss = head.loss(torch.zeros(1, 2), torch.ones(1, 1))
    assert float(deviation) == pytest.approx(SMALLEST)
    assert math.isfinite(float(loss))


def test_the_median_of_the_quantiles_is_their_centre():
    head = QuantileHead(4, 2)
    hidden = torch.randn(7, 4)
    centre = head.numbers(hidden)[..., head.centre]
    assert torch.equal(head.quantiles(hidden)[..., LEVELS.index(0.5)], centre)


def test_a_line_is_that_of_the_normal_equations():
    generator = make_generator(3)
    inputs, targets = (
        torch.randn(40, 3, generator=generator),
        torch.randn(40, 2, generator=generator),
    )
    line = fit_line(inputs, targets)
    x = np.concatenate([inputs.double().numpy(), np.ones((40, 1))], axis=1)
    penalty = np.diag([RIDGE, RIDGE, RIDGE, 0.0])
    slow = np.linalg.solve(x.T @ x + penalty, x.T @ targets.double().numpy())
    assert np.allclose(line.weight.T.numpy(), slow[:3], atol=1e-5)
    assert np.allclose(line.bias.numpy(), slow[3], atol=1e-5)
    left = targets.double().numpy() - x @ slow
    assert np.allclose(line.deviation.numpy(), np.sqrt((left**2).sum(0) / (40 - 4)), atol=1e-5)


def test_a_line_through_fewer_points_than_weights_is_drawn():
    line = fit_line(torch.ones(1, 5), torch.full((1, 2), 3.0))
    assert torch.isfinite(line.weight).all()
    assert line.deviation.min() >= SMALLEST
    constant = fit_line(torch.zeros(10, 2), torch.full((10, 1), 4.0))
    assert float(constant.bias) == pytest.approx(4.0)
    assert float(constant.deviation) == pytest.approx(SMALLEST, rel=1e-3)
