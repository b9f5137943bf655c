"""Weights of orders that make a text most probable, against every weight of a grid."""

import itertools

import numpy as np
import pytest
import torch

from lmkit.models.adapters.order_weights import OrderParts, fit_order_weights

IDS = 3000


def drawn_text(likely):
    """Probabilities of a text by another model, and by an n-gram whose orders are as good as said.

    Args:
        likely: What each order adds to the probability of an id, on average, as a fraction of its
            mass.
    """
    draw = np.random.default_rng(0)
    masses = draw.dirichlet(np.ones(len(likely)), IDS)
    parts = masses * draw.beta(likely, 1 - np.array(likely), masses.shape)
    other = torch.from_numpy(draw.uniform(0.05, 0.4, IDS)).log()
    return other, OrderParts(torch.from_numpy(masses), torch.from_numpy(parts))


def nats(other, counted, weights):
    """The mean surprise at the text, by the definition of the mixture."""
    given = torch.tensor(weights, dtype=torch.float64)
    probs = (1 - counted.masses @ given) * other.exp() + counted.parts @ given
    return -float(probs.log().mean())


@pytest.mark.parametrize("likely", [(0.1, 0.7), (0.6, 0.1), (0.3, 0.3)])
def test_no_weights_of_a_grid_find_the_text_more_probable(likely):
    other, counted = drawn_text(likely)
    fitted = fit_order_weights(other, counted)
    grid = itertools.product(np.linspace(0, 1, 21), repeat=2)
    best = min(nats(other, counted, weights) for weights in grid)
    assert nats(other, counted, fitted) < best + 0.01


def test_a_good_order_has_more_weight_than_a_bad_one():
    first, second, third = fit_order_weights(*drawn_text((0.1, 0.8, 0.3)))
    assert second > third > first


def test_where_nothing_is_measured_the_expected_weights_stand():
    none = OrderParts(torch.zeros(0, 3).double(), torch.zeros(0, 3).double())
    assert fit_order_weights(torch.zeros(0), none) == pytest.approx((0.2, 0.2, 0.2))
    expected = (0.1, 0.2, 0.3)
    assert fit_order_weights(torch.zeros(0), none, expected=expected) == pytest.approx(expected)


def test_a_few_ids_move_the_expected_weights_a_little():
    other, counted = drawn_text((0.1, 0.8))
    few = OrderParts(counted.masses[:3], counted.parts[:3])
    weights = fit_order_weights(other[:3], few, expected=(0.5, 0.5))
    assert all(abs(weight - 0.5) < 0.1 for weight in weights)
    assert weights != (0.5, 0.5)
