"""The weight of a backward model is the one that finds the words taken out."""

import numpy as np
import pytest
import torch

from lmkit.calibration.direction_weight import best_direction_weight, fit_direction_weight
from lmkit.models.ngram.ngram import NGram

VOCAB, LINE_END = 20, 1


def counted(ids):
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END)


def test_the_direction_that_knows_gets_the_weight():
    knows, guesses = torch.tensor([0.0, -9.0, -9.0]), torch.tensor([-9.0, 0.0, -9.0])
    assert best_direction_weight([(knows, guesses)]) == 0.0
    assert best_direction_weight([(guesses, knows)]) == 1.0
    assert 0.4 < best_direction_weight([(knows, guesses), (guesses, knows)]) < 0.6
    assert best_direction_weight([]) == 0.5


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_text_without_a_line_to_ask_about_gives_a_half(count):
    noise = counted(np.random.default_rng(0).integers(0, VOCAB, 500))
    found = fit_direction_weight(noise, noise, np.full(count, 1), line_end_id=LINE_END)
    assert found == 0.5


def test_a_backward_model_of_the_text_outweighs_a_forward_model_of_noise():
    rng = np.random.default_rng(0)
    lines = [[4, 5, 6, 7, 8, 9][: rng.integers(3, 7)] for _ in range(60)]
    ids = np.array([word for line in lines for word in (*line, LINE_END)])
    turned = np.array([word for line in lines for word in (*line[::-1], LINE_END)])
    noise, backward = counted(rng.integers(0, VOCAB, 500)), counted(turned)
    assert fit_direction_weight(noise, backward, ids, line_end_id=LINE_END) > 0.5
