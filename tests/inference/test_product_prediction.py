"""The product of two predictions is a distribution."""

import torch

from lmkit.inference.product_prediction import ProductPrediction
from lmkit.models.base import Prediction


class Table(Prediction):
    def __init__(self, rows):
        self.rows = rows

    def log_probs(self):
        return self.rows

    def log_prob_of(self, ids):
        return self.rows.gather(-1, ids[..., None])[..., 0]

    def last(self):
        return Table(self.rows[:, -1:])


def tables():
    rows = torch.randn(2, 2, 3, 7, generator=torch.Generator().manual_seed(0))
    return [Table(torch.log_softmax(part, -1)) for part in rows]


def test_it_is_the_normalised_product():
    forward, backward = tables()
    expected = forward.rows.exp() * backward.rows.exp()
    expected /= expected.sum(-1, keepdim=True)
    found = ProductPrediction(forward, backward).log_probs().exp()
    assert torch.allclose(found, expected, atol=1e-6)


def test_single_ids_have_the_probability_of_the_whole():
    product = ProductPrediction(*tables())
    ids = torch.tensor([[0, 3, 6], [1, 1, 2]])
    whole = product.log_probs()
    for row in range(2):
        for time in range(3):
            expected = whole[row, time, ids[row, time]]
            assert torch.equal(product.log_prob_of(ids)[row, time], expected)


def test_the_last_position_stands_alone():
    product = ProductPrediction(*tables())
    assert torch.allclose(product.last().log_probs(), product.log_probs()[:, -1:])
