"""Weights and settings fitted on text are those that a slow search finds."""

import numpy as np
import pytest
import torch

from lmkit.models.adapters.cache import fit_cache
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.sequence import stream_log_probs

VOCAB, LINE_END = 20, 1


def recurrent(seed=0):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=8, embedding=8)
    return RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()


def repetitive_ids():
    """A text of few of the words there are, which pays to remember."""
    return np.random.default_rng(0).choice([LINE_END, 4, 5, 6], 400)


def test_mixing_weights_are_those_of_a_grid_search():
    tables = torch.randn(2, 500, generator=torch.Generator().manual_seed(0)).double() - 3
    fitted = fit_mixing_weights(list(tables))
    grid = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    mixed = torch.logaddexp(tables[0] + grid[:, None].log(), tables[1] + (1 - grid[:, None]).log())
    best = mixed.mean(1).argmax()
    assert fitted.shares[0] == pytest.approx(float(grid[best]), abs=0.02)
    assert fitted.nats == pytest.approx(-float(mixed.mean(1)[best]), abs=1e-4)


def test_a_model_that_is_always_better_gets_the_share():
    fitted = fit_mixing_weights([torch.full((9,), -1.0), torch.full((9,), -5.0)])
    assert fitted.shares[0] > 0.99
    assert sum(fitted.shares) == pytest.approx(1)


def test_words_that_a_model_rules_out_are_left_to_the_other():
    fitted = fit_mixing_weights(
        [torch.tensor([-torch.inf, -1.0]), torch.tensor([-2.0, -torch.inf])]
    )
    assert fitted.shares == pytest.approx((0.5, 0.5))


def test_an_empty_text_gives_equal_shares():
    assert fit_mixing_weights([torch.zeros(0), torch.zeros(0)]).shares == (0.5, 0.5)


def test_a_stream_read_in_chunks_is_the_stream_read_at_once():
    model, ids = recurrent(), repetitive_ids()
    first = torch.from_numpy(np.concatenate([[LINE_END], ids[:-1]]))[None]
    prediction, _ = model.read(first, model.start(1))
    expected = prediction.log_prob_of(torch.from_numpy(ids)[None])[0].double()
    assert torch.allclose(stream_log_probs(model, ids, line_end_id=LINE_END), expected, atol=1e-5)


def test_the_fitted_cache_predicts_better_than_none():
    model, ids = recurrent(), repetitive_ids()
    config = fit_cache(model, ids, line_end_id=LINE_END, window=50)
    assert config.window == 50
    assert config.weight > 0.1
    plain = stream_log_probs(model, ids, line_end_id=LINE_END).mean()
    cached = stream_log_probs(NeuralCache(model, config), ids, line_end_id=LINE_END).mean()
    assert cached > plain + 0.1


def test_words_fade_where_the_text_moves_on():
    """Each hundred words are of three of their own: what was read before them says nothing."""
    chance = np.random.default_rng(0)
    ids = np.concatenate([chance.choice(range(n, n + 3), 100) for n in range(2, 17, 3)])
    assert fit_cache(recurrent(), ids, line_end_id=LINE_END).decay > 0.002
    alike = chance.choice([4, 5, 6], 500)
    assert fit_cache(recurrent(), alike, line_end_id=LINE_END).decay < 0.002


def test_fitted_dynamic_evaluation_predicts_better_than_none():
    model, ids = recurrent(), repetitive_ids()
    config = fit_dynamic(model, ids, line_end_id=LINE_END)
    plain = stream_log_probs(model, ids, line_end_id=LINE_END).mean()
    adapted = stream_log_probs(DynamicEvaluation(model, config), ids, line_end_id=LINE_END).mean()
    assert adapted > plain


@pytest.mark.parametrize("count", [0, 1, 2])
def test_texts_of_hardly_any_words_can_be_fitted(count):
    model, ids = recurrent(), np.full(count, 5)
    fit_cache(model, ids, line_end_id=LINE_END)
    fit_dynamic(model, ids, line_end_id=LINE_END)
    assert fit_direction_weight(model, recurrent(1), ids, line_end_id=LINE_END) is not None


def test_the_direction_that_knows_gets_the_weight():
    knows, guesses = torch.tensor([0.0, -9.0, -9.0]), torch.tensor([-9.0, 0.0, -9.0])
    assert best_direction_weight([(knows, guesses)]) == 0.0
    assert best_direction_weight([(guesses, knows)]) == 1.0
    assert 0.4 < best_direction_weight([(knows, guesses), (guesses, knows)]) < 0.6
    assert best_direction_weight([]) == 0.5


def test_a_backward_model_of_the_text_outweighs_a_forward_model_of_noise():
    rng = np.random.default_rng(0)
    lines = [[4, 5, 6, 7, 8, 9][: rng.integers(3, 7)] for _ in range(60)]
    ids = np.array([word for line in lines for word in (*line, LINE_END)])
    turned = np.array([word for line in lines for word in (*line[::-1], LINE_END)])
    noise = NGram.fit(rng.integers(0, VOCAB, 500), vocab_size=VOCAB, line_end_id=LINE_END)
    backward = NGram.fit(turned, vocab_size=VOCAB, line_end_id=LINE_END)
    assert fit_direction_weight(noise, backward, ids, line_end_id=LINE_END) > 0.5
