import math

import pytest
import torch

from lmkit.inference.score import _measure_rows, score_document, score_lines

LINES = ["the cat sat on the mat", "", "a", "an apple a day , said the dog", "the unicorn sat"]


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
    surprisal, rank, entropy = _measure_rows(log_probs, torch.tensor([0, 1]))
    assert surprisal.tolist() == pytest.approx([1, 2])
    assert rank.tolist() == [1, 2]
    assert entropy.tolist() == pytest.approx([1, 1.5])
