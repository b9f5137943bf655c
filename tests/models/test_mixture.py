"""A mixture is the weighted mean of probabilities."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.mixture import Mixture
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
def test_weights_that_are_no_shares_are_refused(weights):
    with pytest.raises(UsageError):
        Mixture([ngram(0), ngram(1)], weights)


def test_other_vocabularies_are_refused():
    with pytest.raises(UsageError):
        Mixture([ngram(0), ngram(1, vocab_size=8)], [0.5, 0.5])
