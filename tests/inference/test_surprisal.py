"""Measures of tokens are those of whole distributions read one token at a time."""

import math

import pytest
import torch

from lmkit.inference.surprisal import MOST_BITS, LineReader, measure_rows
from lmkit.inference.vocabulary import Vocabulary

LINES = ["the cat sat on the mat", "", "a", "an apple a day , said the dog", "the unicorn sat"]


def distributions(world, ids):
    """Log-probabilities after each id of a line but the last, shape (time, vocab)."""
    state, rows = world.model.start(1), []
    for number in ids[:-1]:
        prediction, state = world.model.read(torch.tensor([[number]]), state)
        rows.append(prediction.log_probs()[0, 0])
    return torch.stack(rows) if rows else torch.zeros(0, world.model.vocab_size)


def test_every_measure_is_that_of_the_whole_distribution(any_world):
    reader = LineReader(any_world.model, any_world.vocabulary, has_word_starts=True)
    starts = {
        number
        for number, text in enumerate(any_world.tokenizer.tokens.texts)
        if text.startswith(" ") or number == any_world.vocabulary.line_end_id
    }
    for line, found in zip(LINES, reader.measure_lines(LINES), strict=True):
        ids = [any_world.vocabulary.line_end_id, *any_world.tokenizer.encode(line)]
        rows = distributions(any_world, ids)
        assert found.line == line
        assert len(found.surprisal) == len(ids) - 1
        for place, (row, target) in enumerate(zip(rows, ids[1:], strict=True)):
            bits = -float(row[target]) / math.log(2)
            assert found.surprisal[place] == pytest.approx(bits, abs=1e-4)
            assert found.rank[place] == int((row > row[target]).sum()) + 1
            entropy = -float((row.exp() * row).sum()) / math.log(2)
            assert found.entropy[place] == pytest.approx(entropy, abs=1e-4)
            begun = -math.log2(sum(math.exp(row[number]) for number in starts))
            assert found.word_start[place] == pytest.approx(begun, abs=1e-4)


def test_word_starts_are_measured_only_where_asked_for(world):
    (found,) = LineReader(world.model, world.vocabulary).measure_lines(["the cat"])
    assert found.word_start == ()


def test_a_backward_model_has_measures_in_the_order_of_the_text(world):
    reader = LineReader(world.backward, world.vocabulary, is_backward=True, has_word_starts=True)
    (found,) = reader.measure_lines(["the cat sat"])
    mirrored = LineReader(world.backward, world.vocabulary)
    ids = world.tokenizer.encode("the cat sat")[::-1]
    assert found.word_start == ()
    assert found.words == [[number] for number in ids[::-1]]
    (turned,) = mirrored.measure_lines(["sat cat the"])
    assert found.surprisal == pytest.approx(turned.surprisal[::-1], abs=1e-5)


def test_the_words_of_a_line_are_the_tokens_between_white_space(any_world):
    for line, found in zip(
        LINES, LineReader(any_world.model, any_world.vocabulary).measure_lines(LINES), strict=True
    ):
        assert found.words == any_world.tokenizer.encode_words(line)


def test_lines_of_any_number_and_length_are_measured_as_each_alone(any_world):
    reader = LineReader(any_world.model, any_world.vocabulary, has_word_starts=True)
    lines = [" ".join(["the cat"] * (number % 7)) for number in range(80)]
    for line, found in zip(lines, reader.measure_lines(lines), strict=True):
        (alone,) = reader.measure_lines([line])
        assert found.surprisal == pytest.approx(alone.surprisal, abs=1e-4)
        assert found.word_start == pytest.approx(alone.word_start, abs=1e-4)


def test_more_lines_than_a_block_come_in_their_order(world):
    lines = [f"the {word}" for word in ("cat", "dog", "mat")] * 400
    found = LineReader(world.model, world.vocabulary).measure_lines(lines)
    assert [measures.line for measures in found] == lines


def test_a_document_carries_its_state_over_blocks_of_lines(world):
    lines = ["the cat sat", "a dog"] * 70
    end, state = world.vocabulary.line_end_id, world.model.start(1)
    for line, found in zip(
        lines, LineReader(world.model, world.vocabulary).measure_document(lines), strict=True
    ):
        ids = torch.tensor([[end, *world.tokenizer.encode(line)]])
        prediction, state = world.model.read(ids, state)
        wanted = prediction.log_probs()[0, :-1].gather(1, ids[0, 1:, None])[:, 0]
        assert found.surprisal == pytest.approx((-wanted / math.log(2)).tolist(), abs=1e-4)


def test_no_lines_have_no_measures(world):
    reader = LineReader(world.model, world.vocabulary)
    assert list(reader.measure_lines([])) == list(reader.measure_document([])) == []


def test_a_probability_of_zero_counts_as_many_bits_and_stays_finite():
    logits = torch.tensor([[0.0, -math.inf], [0.0, -3e38]])
    surprisal, rank, entropy, begun = measure_rows(
        logits, torch.tensor([1, 1]), torch.tensor([0.0, 1.0])
    )
    assert surprisal.tolist() == [MOST_BITS, MOST_BITS]
    assert rank.tolist() == [2, 2]
    assert entropy.tolist() == pytest.approx([0.0, 0.0])
    assert torch.isfinite(begun).all()


def test_certainty_is_no_bits_and_never_fewer():
    logits = torch.tensor([[60.0, 0.0, 0.0]])
    surprisal, _, entropy, begun = measure_rows(logits, torch.tensor([0]), torch.ones(3))
    assert surprisal.tolist() == entropy.tolist() == begun.tolist() == [0.0]
    assert not math.copysign(1, surprisal.item()) < 0


def test_a_vocabulary_of_words_parted_by_spaces_always_begins_one(world):
    assert isinstance(world.vocabulary, Vocabulary)
    reader = LineReader(world.model, world.vocabulary, has_word_starts=True)
    (found,) = reader.measure_lines(["the cat sat"])
    assert found.word_start == pytest.approx([0.0] * 3, abs=1e-5)
