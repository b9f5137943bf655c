import math

import pytest
import torch

from lmkit.core.errors import DataError
from lmkit.core.perplexity import MOST_NATS
from lmkit.evaluation.perplexity import Reading, evaluate_text
from lmkit.models.sequence import CHUNK, stream_log_probs

LINES = ["the dog sat on the mat", "", "a unicorn saw the <unk> ."]


def _slow_nats(bench, lines):
    """One id after another, the state carried on."""
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


def test_a_text_of_many_chunks_is_one_stream(bench):
    lines = LINES * (CHUNK // 4)
    found = evaluate_text(bench.model, bench.tokenizer, lines, reading=Reading())
    assert found.tokens > 2 * CHUNK
    assert found.perplexity == pytest.approx(
        math.exp(_slow_nats(bench, lines) / found.words), rel=1e-4
    )


def test_a_file_without_words_has_the_perplexity_of_its_line_ends(bench):
    found = evaluate_text(bench.model, bench.tokenizer, ["", "", ""], reading=Reading())
    assert found.words == found.tokens == 3
    assert found.perplexity == pytest.approx(math.exp(_slow_nats(bench, [""] * 3) / 3), rel=1e-4)


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


class Improbable:
    """Finds every id as improbable as exp(-1000)."""

    vocab_size = 2

    def start(self, batch):
        return torch.zeros(batch, 1)

    def read(self, ids, state):
        return ImprobablePrediction(), state

    def select(self, state, rows):
        return state[torch.as_tensor(rows)]


class ImprobablePrediction:
    def log_prob_of(self, ids):
        return torch.full(ids.shape, -1000.0)


def test_more_nats_than_a_float_holds_give_the_perplexity_of_the_one_formula(bench):
    found = evaluate_text(Improbable(), bench.tokenizer, ["the cat"], reading=Reading())
    assert found.perplexity == math.exp(MOST_NATS)
    assert found.bits_per_character == pytest.approx(3 * 1000 / math.log(2) / 8)


def test_the_perplexity_is_that_of_the_mean_log_probability_of_the_stream(bench):
    found = evaluate_text(bench.model, bench.tokenizer, LINES, reading=Reading())
    end = bench.tokenizer.line_end_id
    ids = [number for line in LINES for number in (*bench.tokenizer.encode(line), end)]
    nats = -stream_log_probs(bench.model, ids, line_end_id=end).sum().item()
    assert found.perplexity == pytest.approx(math.exp(nats / found.words), rel=1e-12)
