"""The product inside a loop, against plain products that autograd follows step by step."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.kernels.time_product import TimeProduct

HIDDEN, BATCH = 3, 2


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=make_generator(seed), dtype=torch.float64)


def loop(weight: Tensor, h: Tensor, times: int, *, plain: bool) -> Tensor:
    recur = (lambda rows: rows @ weight.T) if plain else TimeProduct(weight)
    steps = []
    for _ in range(times):
        h = recur(h).tanh()
        steps.append(h)
    return torch.stack(steps)


@pytest.mark.parametrize("times", [1, 2, 7])
def test_a_loop_has_the_values_and_gradients_of_plain_products(times: int) -> None:
    weight, h = random(HIDDEN, HIDDEN).requires_grad_(), random(BATCH, HIDDEN, seed=2)
    h.requires_grad_()
    found = []
    for plain in (False, True):
        outputs = loop(weight, h, times, plain=plain)
        found.append((outputs, torch.autograd.grad(outputs.sin().sum(), [weight, h])))
    torch.testing.assert_close(*found)


def test_the_output_may_be_wider_than_the_input() -> None:
    weight, rows = random(5, HIDDEN).requires_grad_(), random(BATCH, HIDDEN, seed=2)
    product = TimeProduct(weight)(rows)
    torch.testing.assert_close(product, rows @ weight.T)
    product.square().sum().backward()
    torch.testing.assert_close(weight.grad, 2 * (rows @ weight.detach().T).T @ rows)


def test_a_step_that_the_loss_does_not_use_gives_no_gradient() -> None:
    weight, rows = random(HIDDEN, HIDDEN).requires_grad_(), random(BATCH, HIDDEN, seed=2)
    recur = TimeProduct(weight)
    used, _ = recur(rows), recur(100 * rows)
    used.sum().backward()
    torch.testing.assert_close(weight.grad, rows.sum(0).expand(HIDDEN, HIDDEN))


def test_two_passes_over_one_weight_add_up() -> None:
    weight, h = random(HIDDEN, HIDDEN).requires_grad_(), random(BATCH, HIDDEN, seed=2)
    total = sum(loop(weight, h, times, plain=False).sum() for times in (2, 3))
    plain = sum(loop(weight, h, times, plain=True).sum() for times in (2, 3))
    (found,), (wanted,) = (torch.autograd.grad(loss, [weight]) for loss in (total, plain))
    torch.testing.assert_close(found, wanted)


def test_without_gradients_nothing_is_kept() -> None:
    recur = TimeProduct(random(HIDDEN, HIDDEN).requires_grad_())
    with torch.no_grad():
        assert not recur(random(BATCH, HIDDEN)).requires_grad
    assert recur._steps == []
