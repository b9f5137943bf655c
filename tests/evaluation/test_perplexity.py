import math

import numpy as np
import pytest
import torch

from lmkit.core.errors import DataError
from lmkit.evaluation.perplexity import Reading, evaluate_text, perplexity, stream_nats

LINES = ["the dog sat on the mat", "", "a unicorn saw the <unk> ."]


def _slow_nats(bench, lines):
    """One id after another, the memory carried on."""
    end = bench.tokenizer.line_end_id
    state, before, nats = bench.model.start(1), end, 0.0
    for line in lines:
        for number in (*bench.tokenizer.encode(line), end):
            prediction, state = bench.model.read(torch.tensor([[before]]), state)
            nats -= float(prediction.log_probs()[0, 0, number])
            before = number
    return nats


def test_a_text_is_one_stream_whatever_the_unit(any_bench):
    found = evaluate_text(any_bench.model, any_bench.tokenizer, LINES, reading=Reading())
    nats = _slow_nats(any_bench, LINES)
    assert found.words == 6 + 6 + 3
    assert found.perplexity == pytest.approx(math.exp(nats / found.words), rel=1e-4)
    characters = sum(len(line) + 1 for line in LINES)
    assert found.bits_per_character == pytest.approx(nats / math.log(2) / characters, rel=1e-4)


def test_unknown_words_are_counted(bench):
    found = evaluate_text(bench.model, bench.tokenizer, LINES, reading=Reading())
    assert found.unknown_words == 2
    assert found.tokens == found.words


def test_how_a_text_is_cut_into_windows_changes_nothing(bench):
    end = bench.tokenizer.line_end_id
    whole = stream_nats(bench.model, bench.ids, line_end_id=end, window=10_000)
    for window in (1, 7):
        cut = stream_nats(bench.model, np.array(bench.ids), line_end_id=end, window=window)
        assert cut == pytest.approx(whole, rel=1e-6)


def test_white_space_and_control_characters_change_nothing(bench):
    tidy = evaluate_text(bench.model, bench.tokenizer, ["the cat sat"], reading=Reading())
    untidy = evaluate_text(
        bench.model, bench.tokenizer, ["  the\tcat \x00 sat "], reading=Reading()
    )
    assert untidy.perplexity == tidy.perplexity
    assert untidy.words == tidy.words


def test_a_backward_model_reads_the_same_words_from_the_end(bench):
    reading = Reading(is_backward=True)
    found = evaluate_text(bench.model, bench.tokenizer, ["the cat", "a dog"], reading=reading)
    mirrored = evaluate_text(bench.model, bench.tokenizer, ["dog a", "cat the"], reading=Reading())
    assert found.perplexity == pytest.approx(mirrored.perplexity)
    assert found.words == mirrored.words


def test_the_answer_repeats_how_the_text_was_read(bench):
    reading = Reading(adapt="cache", mix="ngram")
    found = evaluate_text(bench.model, bench.tokenizer, ["a"], reading=reading)
    assert (found.adapt, found.mix) == ("cache", "ngram")


def test_no_text_is_refused(bench):
    with pytest.raises(DataError):
        evaluate_text(bench.model, bench.tokenizer, [], reading=Reading())


def test_perplexity_stays_finite():
    assert math.isfinite(perplexity(1e9, 1))
