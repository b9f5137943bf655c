"""A mixture is the weighted mean of probabilities."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.mixture import Mixture, fit_mixing_weights
from lmkit.models.ngram.ngram import NGram


def ngram(seed, vocab_size=9):
    ids = np.random.default_rng(seed).integers(0, vocab_size, 100)
    return NGram.fit(ids, vocab_size=vocab_size, line_end_id=1, order=2)


def probs(model, ids):
    return model.read(ids, model.start(len(ids)))[0].log_probs().exp()


def test_probabilities_are_the_weighted_mean():
    models, ids = [ngram(0), ngram(1), ngram(2)], torch.tensor([[1, 2, 3], [4, 5, 6]])
    weights = [0.5, 0.0, 0.5]
    expected = sum(w * probs(model, ids) for model, w in zip(models, weights, strict=True))
    assert torch.allclose(probs(Mixture(models, weights), ids), expected, atol=1e-6)


@pytest.mark.parametrize("weights", [[0.5], [0.5, 0.6], [1.5, -0.5], []])
def test_weights_that_do_not_sum_to_1_are_refused(weights):
    with pytest.raises(UsageError):
        Mixture([ngram(0), ngram(1)], weights)


def test_other_vocabularies_are_refused():
    with pytest.raises(UsageError):
        Mixture([ngram(0), ngram(1, vocab_size=8)], [0.5, 0.5])


def test_fitted_weights_are_those_of_a_grid_search():
    tables = torch.randn(2, 500, generator=torch.Generator().manual_seed(0)).double() - 3
    fitted = fit_mixing_weights(list(tables))
    grid = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    mixed = torch.logaddexp(tables[0] + grid[:, None].log(), tables[1] + (1 - grid[:, None]).log())
    best = mixed.mean(1).argmax()
    assert fitted.weights[0] == pytest.approx(float(grid[best]), abs=0.02)
    assert fitted.nats == pytest.approx(-float(mixed.mean(1)[best]), abs=1e-4)


def test_a_model_that_is_always_better_gets_the_weight():
    fitted = fit_mixing_weights([torch.full((9,), -1.0), torch.full((9,), -5.0)])
    assert fitted.weights[0] > 0.99
    assert sum(fitted.weights) == pytest.approx(1)


def test_words_that_a_model_rules_out_are_left_to_the_other():
    fitted = fit_mixing_weights(
        [torch.tensor([-torch.inf, -1.0]), torch.tensor([-2.0, -torch.inf])]
    )
    assert fitted.weights == pytest.approx((0.5, 0.5))


def test_an_empty_text_gives_equal_weights():
    assert fit_mixing_weights([torch.zeros(0), torch.zeros(0)]).weights == (0.5, 0.5)


def test_the_last_prediction_and_one_id_agree_with_the_whole():
    mixture, ids = Mixture([ngram(0), ngram(1)], [0.3, 0.7]), torch.tensor([[1, 2, 3]])
    prediction, _ = mixture.read(ids, mixture.start(1))
    whole = prediction.log_probs()
    assert torch.allclose(prediction.last().log_probs(), whole[:, -1:], atol=1e-6)
    asked = torch.tensor([[3, 2, 1]])
    expected = whole.gather(2, asked[..., None])[..., 0]
    assert torch.allclose(prediction.log_prob_of(asked), expected, atol=1e-6)
