"""Muon: directions that are about orthogonal, whatever the shape."""

import pytest
import torch

from lmkit.training.optimizers.muon import Muon, orthogonalise


def plain(matrix, coefficients):
    """Apply the polynomials to the matrix itself, as the definition says."""
    x = matrix / (matrix.norm() * 1.01)
    for a, b, c in coefficients:
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


@pytest.mark.parametrize("shape", [(8, 8), (32, 8), (8, 32), (3, 50)])
def test_the_small_side_gives_what_the_definition_gives(shape):
    from lmkit.training.optimizers.muon import COEFFICIENTS

    torch.manual_seed(0)
    matrix = torch.randn(shape, dtype=torch.float64)
    expected = plain(matrix, COEFFICIENTS)
    assert torch.allclose(orthogonalise(matrix), expected, atol=1e-9)


@pytest.mark.parametrize("shape", [(32, 8), (8, 32), (40, 20)])
def test_singular_values_come_near_one(shape):
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(*shape)))
    assert values.min() > 0.85
    assert values.max() < 1.15


def test_each_block_of_a_weight_is_made_orthogonal_on_its_own():
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.zeros(24, 5))
    weight.grad = torch.randn(24, 5)
    blocks = [orthogonalise(block) * 0.2 * 6**0.5 for block in weight.grad.chunk(4)]
    Muon([{"params": [weight], "blocks": 4}], lr=0.1).step()
    assert torch.allclose(weight, -0.1 * torch.cat(blocks), atol=1e-5)


def test_zeros_and_dead_directions_stay_finite():
    assert torch.equal(orthogonalise(torch.zeros(6, 4)), torch.zeros(6, 4))
    rank_one = torch.outer(torch.arange(1.0, 7), torch.ones(4))
    assert orthogonalise(rank_one).isfinite().all()


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("blocks", [1, 4])
def test_it_goes_downhill(every, blocks):
    torch.manual_seed(0)
    target = torch.randn(16, 4)
    weight = torch.nn.Parameter(torch.zeros(16, 4))
    optimizer = Muon([{"params": [weight], "blocks": blocks}], lr=0.1, every=every)
    for step in range(200):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / 200)
        weight.grad = weight.detach() - target
        optimizer.step()
    assert (weight - target).norm() < 0.1 * target.norm()
