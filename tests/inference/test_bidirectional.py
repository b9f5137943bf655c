"""Sentences scored from both sides, against whole lines read one id at a time."""

import pytest
import torch

from lmkit.inference.bidirectional import sentence_log_probs
from lmkit.models.directions import Directions


@pytest.mark.parametrize("has_end", [False, True])
def test_sentences_have_the_log_probability_of_their_line(world, has_end):
    sentences = [[3, 4, 5], [], [6] * 9]
    end = world.vocabulary.line_end_id
    found = sentence_log_probs(
        Directions(forward=world.model), sentences, line_end_id=end, has_end=has_end
    )
    for ids, value in zip(sentences, found.tolist(), strict=True):
        line = [end, *ids, *([end] if has_end else [])]
        assert value == pytest.approx(world.model.log_prob(line), abs=1e-4)


def test_sentences_of_two_directions_are_weighted(world):
    sentences, end = [[3, 4, 5], [7], []], world.vocabulary.line_end_id
    both = Directions(forward=world.model, backward=world.backward, weight=0.3)
    found = sentence_log_probs(both, sentences, line_end_id=end, has_end=True)
    for ids, value in zip(sentences, found.tolist(), strict=True):
        forward = world.model.log_prob([end, *ids, end])
        backward = world.backward.log_prob([end, *ids[::-1], end])
        assert value == pytest.approx(0.7 * forward + 0.3 * backward, abs=1e-4)
    assert found.dtype == torch.float64
