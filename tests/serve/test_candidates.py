"""Probabilities of named words against the distribution itself."""

import math

import pytest
import torch

from lmkit.inference.context import read_context
from lmkit.inference.vocabulary import Vocabulary
from lmkit.serve.candidates import candidate_probabilities


def context_of(archive, text):
    tokenizer = archive.tokenizer
    return read_context(archive.model, tokenizer.encode(text), line_end_id=tokenizer.line_end_id)


def test_a_word_of_one_token_has_the_probability_of_that_token(words_archive):
    vocabulary = Vocabulary(words_archive.tokenizer)
    context = context_of(words_archive, "the")
    [found] = candidate_probabilities(words_archive.model, vocabulary, context, ["cat"])
    [number] = words_archive.tokenizer.encode_inside(" cat")
    assert found["known"]
    assert found["probability"] == pytest.approx(float(context.log_probs[number].exp()))


def test_a_word_of_several_tokens_is_spelled_and_ends(pieces_archive):
    tokenizer = pieces_archive.tokenizer
    vocabulary, context = Vocabulary(tokenizer), context_of(pieces_archive, "the")
    [found] = candidate_probabilities(
        pieces_archive.model, vocabulary, context, ["apple"], follows_letter=True
    )
    log_prob, state, row = 0.0, context.state, context.log_probs
    for number in tokenizer.encode_inside(" apple"):
        log_prob += float(row[number])
        prediction, state = pieces_archive.model.read(torch.tensor([[number]]), state)
        row = prediction.log_probs()[0, 0]
    ends = torch.from_numpy(~vocabulary.continues)
    expected = math.exp(log_prob) * float(row.exp()[ends].sum())
    assert found["probability"] == pytest.approx(expected, rel=1e-4)


def test_an_unknown_or_empty_word_has_none(words_archive):
    vocabulary = Vocabulary(words_archive.tokenizer)
    context = context_of(words_archive, "the")
    found = candidate_probabilities(words_archive.model, vocabulary, context, ["zyzzyva", " "])
    assert [(word["probability"], word["known"]) for word in found] == [(0.0, False)] * 2


def test_words_keep_the_order_asked_for_and_may_be_several(words_archive):
    vocabulary = Vocabulary(words_archive.tokenizer)
    context = context_of(words_archive, "the")
    names = ["sat", "cat sat", "cat"]
    found = candidate_probabilities(words_archive.model, vocabulary, context, names)
    assert [word["word"] for word in found] == names
    assert found[1]["probability"] < found[2]["probability"]
