"""How far gradients reach, against a Jacobian taken the long way."""

import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.lab.gradients import GradientConfig, gradient_by_distance, measure_gradients
from lmkit.nn.cells import CELLS


def test_the_gradient_equals_a_product_of_jacobians() -> None:
    cell = CELLS.get("elman")(2, 3)
    cell.initialise(make_generator(1))
    x = torch.randn(4, 1, 2, generator=make_generator(2))
    toward = torch.randn(1, 3, generator=make_generator(3))
    hidden, state = gradient_by_distance(cell, x, toward)
    states = [torch.zeros(1, 3)]
    for x_t in x:
        states.append(cell.step(x_t, (states[-1],)).output.detach())
    row = toward
    for k in range(1, 4):
        slope = 1 - states[-k].square()
        row = (row * slope) @ cell.weight_hidden.detach()
        assert hidden[k].item() == pytest.approx((row.norm() / toward.norm()).item(), rel=1e-4)
    torch.testing.assert_close(hidden, state)


def test_the_known_order_is_found() -> None:
    reach = measure_gradients(GradientConfig(length=30, hidden=32))
    far = {line.cell: line.state[20] for line in reach.lines}
    assert far["elman"] < far["gru"] < far["lstm"]


def test_relu_with_large_weights_explodes() -> None:
    config = GradientConfig(cells=("elman_relu",), gains=(4.0,), length=20, hidden=32)
    assert measure_gradients(config).lines[0].state[-1] > 10


def test_a_higher_forget_bias_reaches_farther() -> None:
    config = GradientConfig(cells=("lstm",), forget_biases=(0.0, 3.0), length=20, hidden=32)
    low, high = measure_gradients(config).lines
    assert high.reach() > low.reach()
    assert high.label == "lstm, forget bias 3"


def test_training_adds_a_line_for_each_clip() -> None:
    config = GradientConfig(
        cells=("gru",), length=5, hidden=8, train_steps=2, task_distance=4, clips=(1.0, 0.0)
    )
    labels = [line.label for line in measure_gradients(config).lines]
    assert labels == ["gru", "gru, trained, clip 1", "gru, trained, no clipping"]
