import math

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.perplexity import MOST_NATS
from lmkit.inference.score import (
    perplexity_of_bits,
    score_in_context,
    score_lines,
)
from lmkit.inference.surprisal import measure_rows
from lmkit.models.directions import Directions

LINES = ["the cat sat on the mat", "", "a", "an apple a day , said the dog", "the unicorn sat"]


def score_document(model, vocabulary, lines):
    directions = Directions(forward=model)
    return score_in_context(directions, vocabulary, lines, context="document")


def test_the_bits_of_a_line_are_its_log_probability(any_world):
    for score in score_lines(any_world.model, any_world.vocabulary, LINES):
        assert score.bits == pytest.approx(-any_world.log_prob(score.text) / math.log(2), abs=1e-3)
        assert score.bits == pytest.approx(sum(word.surprisal for word in score.words))


def test_the_words_are_those_between_white_space(any_world):
    for line, score in zip(
        LINES, score_lines(any_world.model, any_world.vocabulary, LINES), strict=True
    ):
        assert [word.word for word in score.words] == line.split()


def test_rank_and_entropy_are_those_of_the_distribution(world):
    score = next(score_lines(world.model, world.vocabulary, ["the cat"]))
    ids = torch.tensor([[world.vocabulary.line_end_id, *world.tokenizer.encode("the")]])
    prediction, _ = world.model.read(ids, world.model.start(1))
    row = prediction.log_probs()[0, -1]
    (target,) = world.tokenizer.encode("cat")
    assert score.words[1].rank == int((row > row[target]).sum()) + 1
    entropy = float(-(row.exp() * row).sum() / math.log(2))
    assert score.words[1].entropy == pytest.approx(entropy, rel=1e-4)


def test_unknown_words_are_marked(world):
    score = list(score_lines(world.model, world.vocabulary, LINES))[-1]
    assert [word.unknown for word in score.words] == [False, True, False]


def test_many_lines_are_scored_as_each_alone(any_world):
    together = list(score_lines(any_world.model, any_world.vocabulary, LINES * 3))
    for line, score in zip(LINES * 3, together, strict=True):
        alone = next(score_lines(any_world.model, any_world.vocabulary, [line]))
        assert score.bits == pytest.approx(alone.bits, abs=1e-3)


def test_a_document_carries_on_from_line_to_line(any_world):
    end = any_world.vocabulary.line_end_id
    scores = score_document(any_world.model, any_world.vocabulary, LINES[:1] + LINES[3:4])
    total = sum(score.bits for score in scores)
    first, second = (any_world.tokenizer.encode(line) for line in (LINES[0], LINES[3]))
    whole = any_world.model.log_prob([end, *first, end, *second])
    line_end = any_world.model.log_prob([end, *first, end]) - any_world.model.log_prob(
        [end, *first]
    )
    assert total == pytest.approx(-(whole - line_end) / math.log(2), abs=1e-3)


def test_a_backward_model_scores_from_the_right(any_world):
    lines = LINES[:1]
    score = next(score_lines(any_world.backward, any_world.vocabulary, lines, is_backward=True))
    expected = -any_world.backward_log_prob(lines[0]) / math.log(2)
    assert score.bits == pytest.approx(expected, abs=1e-3)
    assert [word.word for word in score.words] == lines[0].split()


def test_an_empty_line_has_no_words(world):
    score = next(score_lines(world.model, world.vocabulary, ["  "]))
    assert (score.words, score.bits, score.perplexity) == ((), 0, 1.0)


def test_a_document_of_many_lines_is_scored_as_one_text(world):
    lines = LINES * 30
    scores = list(score_document(world.model, world.vocabulary, lines))
    assert [score.text for score in scores] == lines
    end, state = world.vocabulary.line_end_id, world.model.start(1)
    for line, score in zip(lines, scores, strict=True):
        ids = torch.tensor([[end, *world.tokenizer.encode(line)]])
        prediction, state = world.model.read(ids, state)
        found = prediction.log_probs()[0, :-1].gather(1, ids[0, 1:, None])
        assert score.bits == pytest.approx(float(-found.sum()) / math.log(2), abs=1e-3)


def test_what_cannot_come_adds_nothing_to_the_entropy():
    log_probs = torch.tensor([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]).log()
    surprisal, rank, entropy, _ = measure_rows(log_probs, torch.tensor([0, 1]))
    assert surprisal.tolist() == pytest.approx([1, 2])
    assert rank.tolist() == [1, 2]
    assert entropy.tolist() == pytest.approx([1, 1.5])


OVERFLOWING = [
    "早上天气很好我和朋友去公园散步路上遇到一只小狗它跟着我们走了很久" * 40,
    "so funny " + "😂" * 500,
    "https://example.org/q?" + "&".join(f"a{n}={n * 7919:x}" for n in range(300)),
    "x" * 5000,
    "\u0301" * 3000,
    "-" * 4000,
]


@pytest.mark.parametrize("line", OVERFLOWING, ids=range(len(OVERFLOWING)))
def test_the_figures_of_any_line_are_finite(any_world, line):
    lines = ["the cat", line, "a dog"]
    for scores in (
        score_lines(any_world.model, any_world.vocabulary, lines),
        score_document(any_world.model, any_world.vocabulary, lines),
    ):
        found = list(scores)
        assert [score.text for score in found] == lines
        for score in found:
            assert math.isfinite(score.bits)
            assert math.isfinite(score.perplexity)
            assert all(math.isfinite(word.surprisal) for word in score.words)


def test_a_word_of_more_bits_than_a_float_has_powers_of_two_has_a_finite_perplexity():
    assert perplexity_of_bits(5000.0, 1) == math.exp(MOST_NATS)
    assert perplexity_of_bits(2 * 8.0, 2) == pytest.approx(2**8)
    assert perplexity_of_bits(0.0, 0) == 1.0


def test_an_unknown_context_is_refused_with_the_ones_there_are(world):
    with pytest.raises(UsageError, match=r"paragraph.*document, line"):
        score_in_context(Directions(forward=world.model), world.vocabulary, [], context="paragraph")


def test_lines_by_themselves_are_scored_as_in_the_context_of_a_line(world):
    directions = Directions(forward=world.model, backward=world.backward)
    found = list(score_in_context(directions, world.vocabulary, LINES, context="line"))
    assert found == list(score_lines(world.model, world.vocabulary, LINES))
    assert found != list(score_document(world.model, world.vocabulary, LINES))


def test_a_backward_model_alone_scores_lines_and_refuses_documents(world):
    directions = Directions(backward=world.backward)
    found = list(score_in_context(directions, world.vocabulary, LINES, context="line"))
    expected = score_lines(world.backward, world.vocabulary, LINES, is_backward=True)
    assert found == list(expected)
    with pytest.raises(UsageError, match="backward"):
        score_in_context(directions, world.vocabulary, LINES, context="document")


def test_the_perplexity_of_a_line_is_per_word_listed(any_world):
    for score in score_lines(any_world.model, any_world.vocabulary, LINES):
        if score.words:
            assert score.perplexity == pytest.approx(2 ** (score.bits / len(score.words)))
