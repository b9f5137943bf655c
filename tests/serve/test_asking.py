"""Answers of strands are those of `LanguageModel`."""

import math

import pytest

from lmkit.core.errors import UsageError
from lmkit.inference.fill.config import FillConfig
from lmkit.inference.sampling import SamplingConfig
from lmkit.serve.asking import (
    Asked,
    NextQuestion,
    answer_complete,
    answer_fill,
    answer_next,
    answer_score,
)
from lmkit.serve.options import Limits

TEXTS = ["", "the cat", "The dog sat on", "a cat saw the", "the zyzzyva", "one\ntwo the"]


def near(expected):
    return pytest.approx(expected, abs=1e-6)


def probabilities(answer):
    return {word["word"]: word["probability"] for word in answer["words"]}


@pytest.mark.parametrize("text", TEXTS)
def test_next_words_are_those_of_the_command(asked, lm, run_strands, text):
    [answer] = run_strands(answer_next(asked, NextQuestion(text, 4, None)))
    expected = lm.next(text, k=4)
    assert answer["text"] == text
    assert probabilities(answer) == near({g.word: g.probability for g in expected.words})


def test_a_temperature_sharpens_and_1_changes_nothing(asked, run_strands):
    def ask(temperature):
        sampling = SamplingConfig(temperature=temperature)
        return run_strands(answer_next(asked, NextQuestion("the", 3, sampling)))[0]["words"]

    plain = run_strands(answer_next(asked, NextQuestion("the", 3, None)))[0]["words"]
    assert [w["probability"] for w in ask(1.0)] == near([w["probability"] for w in plain])
    assert ask(0.3)[0]["probability"] > plain[0]["probability"]


def test_words_asked_about_have_the_probability_they_have_among_the_best(asked, run_strands):
    [best] = run_strands(answer_next(asked, NextQuestion("the cat", 6, None)))
    names = tuple(word["word"] for word in best["words"])
    [answer] = run_strands(answer_next(asked, NextQuestion("the cat", 1, None, names)))
    assert probabilities(answer) == near(probabilities(best))
    assert all(word["known"] for word in answer["words"])


@pytest.mark.parametrize("text", ["the c", "a cat s", "the cat ", "", "The d", "the qx"])
def test_completions_are_those_of_the_command(asked, lm, run_strands, text):
    [answer] = run_strands(answer_complete(asked, text, 3))
    expected = lm.complete(text, k=3)
    assert probabilities(answer) == near({g.word: g.probability for g in expected.words})


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("the ___ sat on", FillConfig(k=3)),
        ("the ___ sat ___", FillConfig(k=2)),
        ("the ___ sat", FillConfig(choices=("cat", "dog"))),
        ("the d___ sat", FillConfig(k=2, exact=True)),
    ],
)
def test_fillings_are_those_of_the_command(asked, lm, run_strands, text, config):
    [answer] = run_strands(answer_fill(asked, text, config, explain=False))
    expected = lm.fill(text, k=config.k, choices=config.choices, exact=config.exact).to_dict()
    assert answer["exact"] == expected["exact"]
    assert [f["text"] for f in answer["fillings"]] == [f["text"] for f in expected["fillings"]]
    assert [f["probability"] for f in answer["fillings"]] == near(
        [f["probability"] for f in expected["fillings"]]
    )


def test_reasons_of_a_filling_are_its_bits(asked, lm, run_strands):
    config = FillConfig(k=2)
    [answer] = run_strands(answer_fill(asked, "the ___ sat on", config, explain=True))
    reasons = lm.why(lm.fill("the ___ sat on", k=2))
    for filled, reason in zip(answer["fillings"], reasons, strict=True):
        bits = math.fsum(word.bits for word in reason.right)
        assert filled["why"]["right"] == pytest.approx(-bits * math.log(2), abs=1e-4)
        assert filled["why"]["left"] <= 0
    is_counted = asked.model.archive.ngram is not None
    assert (answer["fillings"][0]["why"]["frequency"] is not None) == is_counted


def test_scores_are_those_of_the_command(asked, lm, run_strands):
    lines = ["the cat sat", "", "a zyzzyva , and the dog"]
    [answer] = run_strands(answer_score(asked, lines, context="line", expected=0))
    for score, expected in zip(answer["scores"], lm.score_lines(lines), strict=True):
        assert score["bits"] == pytest.approx(expected.bits, abs=1e-4)
        assert [w["rank"] for w in score["words"]] == [w.rank for w in expected.words]


def test_a_document_is_scored_with_its_lines_in_the_state(asked, lm, run_strands):
    lines = ["the cat sat", "the cat"]
    [answer] = run_strands(answer_score(asked, lines, context="document", expected=0))
    expected = list(lm.score_lines(lines, context="document"))
    found = [score["bits"] for score in answer["scores"]]
    assert found == pytest.approx([score.bits for score in expected], abs=1e-4)


def test_many_scores_at_once_are_those_of_each(asked, lm, run_strands):
    lines = [f"the cat sat on {word}" for word in ("the mat", "a log", "the dog , and", "an")] * 5
    strands = [answer_score(asked, [line], context="line", expected=0) for line in lines]
    found = [answer["scores"][0]["bits"] for answer in run_strands(*strands)]
    assert found == pytest.approx([lm.score(line).bits for line in lines], abs=1e-4)


def test_words_expected_are_the_next_words_before_each(words_archive, asked, lm, run_strands):
    if asked.model.archive is not words_archive:
        pytest.skip("of subwords, the tokens that begin a word are given")
    [answer] = run_strands(answer_score(asked, ["the cat sat"], context="line", expected=2))
    words = answer["scores"][0]["words"]
    for place, before in enumerate(["", "the", "the cat"]):
        best = lm.next(before, k=2).words
        assert [g["word"] for g in words[place]["expected"]] == [g.word for g in best]
        assert words[place]["expected"][0]["probability"] == near(best[0].probability)


def test_words_expected_go_with_lines_alone(asked, run_strands):
    with pytest.raises(UsageError, match="send context line"):
        run_strands(answer_score(asked, ["the"], context="document", expected=1))


def test_a_text_beyond_the_limit_is_refused(asked, run_strands):
    short = Asked(asked.model, asked.key, Limits(prompt_tokens=3))
    for strand in (
        answer_next(short, NextQuestion("the cat sat on the mat", 1, None)),
        answer_score(short, ["the cat sat on the mat"], context="line", expected=0),
        answer_fill(short, "the cat sat on the ___ mat", FillConfig(), explain=False),
    ):
        with pytest.raises(UsageError, match="at most 3 are read"):
            run_strands(strand)


def test_a_filling_that_would_read_for_minutes_is_refused(asked, run_strands):
    short = Asked(asked.model, asked.key, Limits(fill_tokens=20))
    with pytest.raises(UsageError, match="too many to try"):
        run_strands(answer_fill(short, "the ___ sat", FillConfig(exact=True), explain=False))
