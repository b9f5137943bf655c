"""The n-gram adapter: weights of orders that make a text most probable, for each stack beneath."""

import itertools

import numpy as np
import pytest
import torch

from lmkit.core.errors import Hint, ModelError, UsageError
from lmkit.models.adapters.adapter import Beneath, FitText
from lmkit.models.adapters.ngram import (
    NGramAdapter,
    NGramConfig,
    NGramMixture,
    NGramMixturePrediction,
    read_orders,
)
from lmkit.models.adapters.order_weights import fit_order_weights
from lmkit.models.base import Prediction
from lmkit.models.mixture import Mixture
from lmkit.models.ngram.kneser_ney import NGramTables
from lmkit.models.ngram.ngram import NGram
from lmkit.models.sequence import stream_log_probs

VOCAB, LINE_END = 12, 1
RNG = np.random.default_rng(0)
FEW, ORDER = 9, 3
ROWS = torch.from_numpy(np.random.default_rng(5).integers(0, FEW, (2, 30)))


def walk(count):
    """A text in which the word before says much of the next."""
    steps = np.random.default_rng(count).choice([1, 2, 5], size=count, p=[0.7, 0.2, 0.1])
    return np.cumsum(steps) % VOCAB


def counted(ids, order):
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=order)


def nats(other, ngram, weights, ids):
    mixed = NGramMixture(other, ngram, weights)
    return -float(stream_log_probs(mixed, ids, line_end_id=LINE_END).mean())


def test_no_weights_of_a_grid_find_the_text_more_probable():
    other, ngram, ids = counted(RNG.integers(0, VOCAB, 300), 1), counted(walk(900), 2), walk(4000)
    config = NGramAdapter().fit([Beneath((), other)], FitText(ids, LINE_END), asset=ngram)
    fitted = config.weights[""]
    grid = itertools.product(np.linspace(0, 1, 6), repeat=2)
    best = min(nats(other, ngram, weights, ids) for weights in grid)
    assert nats(other, ngram, fitted, ids) < best + 0.01
    assert fitted[1] > 0.8


def test_an_order_read_in_chunks_adds_as_much_as_read_at_once():
    ngram, ids = counted(walk(900), 3), walk(700)
    found = read_orders(ngram, ids, line_end_id=LINE_END)
    log_probs = stream_log_probs(ngram, ids, line_end_id=LINE_END)
    assert torch.allclose(found.parts.sum(1).log(), log_probs, atol=1e-5)
    assert torch.allclose(found.masses.sum(1), torch.ones(len(ids)).double(), atol=1e-5)


def test_weights_are_fitted_for_each_stack_beneath():
    ngram, ids = counted(walk(900), 2), walk(400)
    one, other = counted(RNG.integers(0, VOCAB, 300), 1), counted(walk(5000), 2)
    models = [Beneath((), one), Beneath(("cache",), other)]
    config = NGramAdapter().fit(models, FitText(ids, LINE_END), asset=ngram)
    assert set(config.weights) == {"", "cache"}
    assert config.weights["cache"] != config.weights[""]
    log_probs = stream_log_probs(one, ids, line_end_id=LINE_END)
    parts = read_orders(ngram, ids, line_end_id=LINE_END)
    assert config.weights[""] == fit_order_weights(log_probs, parts)
    assert NGramAdapter().is_fitted(config)


def test_without_an_n_gram_nothing_is_fitted_and_without_time_no_weight_is():
    models, text = [Beneath((), counted(walk(900), 1))], FitText(walk(2000), LINE_END)
    assert NGramAdapter().fit(models, text, asset=None) is None
    config = NGramAdapter().fit(models, text, asset=counted(walk(900), 2), seconds=0.0)
    assert config == NGramConfig()
    assert not NGramAdapter().is_fitted(config)


def test_weights_beside_a_stack_that_was_not_fitted_are_those_of_its_lowest_part():
    weights = {"": (0.1, 0.1), "dynamic": (0.2, 0.2), "cache": (0.3, 0.3)}
    config = NGramConfig(weights=weights)
    assert config.beside(()) == (0.1, 0.1)
    assert config.beside(("cache",)) == (0.3, 0.3)
    assert config.beside(("dynamic", "cache")) == (0.2, 0.2)
    assert config.beside(("unheard",)) == (0.1, 0.1)
    assert NGramConfig().beside(("cache",)) == (0.2,)


def test_one_weight_is_for_all_orders():
    ngram, other = counted(walk(900), 3), counted(walk(900), 1)
    mixed = NGramAdapter().wrap(Beneath((), other), NGramConfig(weights={"": (0.4,)}), ngram)
    assert isinstance(mixed, NGramMixture)
    assert mixed.weights == (0.4,) * 3


@pytest.mark.parametrize("weights", [(1.5,), (), (-0.1, 0.2), (float("nan"),)])
def test_weights_beyond_0_to_1_are_refused(weights):
    with pytest.raises(UsageError, match=r"0\.\.1"):
        NGramConfig(weights={"": weights})


def test_weights_of_other_orders_are_a_damaged_folder():
    ngram, other = counted(walk(900), 3), counted(walk(900), 1)
    with pytest.raises(ModelError, match="order 3"):
        NGramAdapter().wrap(Beneath((), other), NGramConfig(weights={"": (0.1, 0.2)}), ngram)


def test_a_model_without_an_n_gram_says_so():
    with pytest.raises(UsageError, match="no n-gram") as caught:
        NGramAdapter().wrap(Beneath((), counted(walk(900), 1)), NGramConfig(), None)
    assert caught.value.hint is Hint.TRAIN_NGRAM


def test_the_n_gram_is_kept_in_a_file_of_its_own(tmp_path):
    adapter, ngram = NGramAdapter(), counted(walk(900), 2)
    path = tmp_path / adapter.file
    adapter.save(ngram, path)
    ids = torch.tensor([[1, 2, 3]])
    loaded = adapter.load(path, counted(walk(900), 1))
    expected = ngram.read(ids, ngram.start(1))[0].log_probs()
    assert torch.equal(loaded.read(ids, loaded.start(1))[0].log_probs(), expected)
    other = NGram.fit(walk(900) % 5, vocab_size=5, line_end_id=LINE_END, order=1)
    with pytest.raises(ModelError, match="vocabulary"):
        adapter.load(path, other)


def small(seed=0, *, order=ORDER, vocab_size=FEW):
    ids = np.random.default_rng(seed).integers(0, vocab_size, 200)
    return NGram.fit(ids, vocab_size=vocab_size, line_end_id=1, order=order)


def reading(model, ids=ROWS):
    return model.read(ids, model.start(len(ids)))[0]


def test_the_parts_of_an_id_sum_to_its_probability_and_the_masses_to_one():
    prediction = reading(small())
    asked = ROWS.flip(1)
    assert torch.allclose(
        prediction.parts_of(asked).sum(-1), prediction.log_prob_of(asked).exp(), atol=1e-6
    )
    assert torch.allclose(prediction.masses().sum(-1), torch.ones(ROWS.shape), atol=1e-6)


def test_each_part_sums_over_all_ids_to_its_mass():
    prediction = reading(small())
    every = [prediction.parts_of(torch.full_like(ROWS, word)) for word in range(FEW)]
    assert torch.allclose(torch.stack(every).sum(0), prediction.masses(), atol=1e-5)


def test_the_parts_of_the_first_orders_are_the_shorter_n_gram():
    prediction, asked = reading(small()), ROWS.flip(1)
    upto = prediction.parts_of(asked)[..., :2].sum(-1) / prediction.masses()[..., :2].sum(-1)
    lower = NGram(NGramTables(small().tables.levels[:2], (), 1))
    assert torch.allclose(upto, reading(lower).log_prob_of(asked).exp(), rtol=1e-4)


@pytest.mark.parametrize("weights", [(0.0, 0.0, 0.0), (0.1, 0.5, 0.9), (0.9, 0.2, 0.4), (1.0,) * 3])
def test_a_share_of_each_part_is_taken_and_the_rest_left(weights):
    other, counted = small(1), small()
    mixed = reading(NGramMixture(other, counted, weights))
    taken = sum(s * reading(counted).masses()[..., k] for k, s in enumerate(weights))
    for word in range(FEW):
        asked = torch.full_like(ROWS, word)
        parts = reading(counted).parts_of(asked)
        expected = sum(s * parts[..., k] for k, s in enumerate(weights))
        expected += (1 - taken) * reading(other).log_prob_of(asked).exp()
        assert torch.allclose(mixed.log_prob_of(asked).exp(), expected, atol=1e-6)
        assert torch.allclose(mixed.log_probs()[..., word].exp(), expected, atol=1e-6)


def test_equal_shares_are_the_weighted_mean():
    models = small(1), small()
    mixed = reading(NGramMixture(*models, (0.3,) * ORDER)).log_probs()
    assert torch.allclose(mixed, reading(Mixture(models, (0.7, 0.3))).log_probs(), atol=1e-5)


@pytest.mark.parametrize("weights", [(0.1, 0.2), (0.1, 0.2, 1.5), ()])
def test_what_are_no_shares_of_its_orders_is_refused(weights):
    with pytest.raises(UsageError, match="order 3"):
        NGramMixture(small(1), small(), weights)


def test_other_vocabularies_are_refused():
    with pytest.raises(UsageError, match="vocabularies"):
        NGramMixture(small(1, vocab_size=8), small(), (0.1,) * 3)


class Sure(Prediction):
    """A prediction that holds all ids but one for all but impossible."""

    def log_probs(self):
        return torch.log_softmax(torch.tensor([[[0.0, *[-150.0] * (FEW - 1)]]]), -1)

    def log_prob_of(self, ids):
        return self.log_probs().gather(2, ids[..., None])[..., 0]

    def last(self):
        return self


def test_probabilities_too_small_for_single_precision_keep_their_logarithm():
    ngram = small()
    counted_one = ngram.read(torch.tensor([[3]]), ngram.start(1))[0]
    mixed = NGramMixturePrediction(Sure(), counted_one, (0.0, 0.0, 0.0))
    assert torch.allclose(mixed.log_probs(), Sure().log_probs())
    some = NGramMixturePrediction(Sure(), counted_one, (0.0, 0.3, 0.0))
    ids = torch.arange(FEW)[None, :, None]
    each = torch.cat([some.log_prob_of(ids[:, number]) for number in range(FEW)], 1)
    assert torch.allclose(some.log_probs()[0, 0], each[0], atol=1e-4)
