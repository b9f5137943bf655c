"""Rows of surprisal tables: every word as written, corrected for leading spaces, adding up."""

import math

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmkit.core.errors import UsageError
from lmkit.inference.score import score_lines
from lmkit.inference.score_words import score_words
from lmkit.models.directions import Directions

LINES = [
    "the cat sat, on the mat.",
    "",
    "  an  apple\ta day ,said the-dog ",
    "unicorns (and dogs)!",
    "早上天气 the cat",
]
NO_LIMIT = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def scored(world, lines, **options):
    return list(score_words(Directions(forward=world.model), world.vocabulary, lines, **options))


def slow_words(world, line):
    """Bits of each word from its tokens, and what a word beginning costs before and after it."""
    texts, end = world.tokenizer.tokens.texts, world.vocabulary.line_end_id
    starts = [n for n, text in enumerate(texts) if text.startswith(" ") or n == end]
    words = world.tokenizer.encode_words(line)
    ids = [end, *(number for tokens in words for number in tokens)]
    prediction, _ = world.model.read(torch.tensor([ids]), world.model.start(1))
    rows = prediction.log_probs()[0].double()
    begun = [-math.log2(math.fsum(row[starts].exp().tolist())) for row in rows]
    found, place = [], 0
    for number, tokens in enumerate(words):
        bits = sum(-float(rows[place + n][token]) / math.log(2) for n, token in enumerate(tokens))
        after = place + len(tokens)
        before = begun[place] if number else 0.0
        found.append((bits, bits - before + (begun[after] if number < len(words) - 1 else 0.0)))
        place = after
    return found


def test_the_words_given_are_exactly_those_between_white_space(punctuated_world):
    for line, found in zip(LINES, scored(punctuated_world, LINES), strict=True):
        assert found.text == line
        assert [word.word for word in found.words] == line.split()


def test_each_word_has_the_bits_of_its_tokens_and_of_the_spaces_around_it(punctuated_world):
    for line, found in zip(LINES, scored(punctuated_world, LINES), strict=True):
        for word, (plain, corrected) in zip(
            found.words, slow_words(punctuated_world, line), strict=True
        ):
            assert word.surprisal_uncorrected == pytest.approx(plain, abs=1e-3)
            assert word.surprisal == pytest.approx(corrected, abs=1e-3)


def test_corrected_words_add_up_to_the_bits_of_the_line(punctuated_world):
    plain = score_lines(punctuated_world.model, punctuated_world.vocabulary, LINES)
    for whole, found in zip(plain, scored(punctuated_world, LINES), strict=True):
        assert found.bits == pytest.approx(whole.bits, abs=1e-4)
        assert sum(word.surprisal for word in found.words) == pytest.approx(whole.bits, abs=1e-4)


def test_the_correction_moves_bits_between_words(punctuated_world):
    (found,) = scored(punctuated_world, LINES[:1])
    moved = [word.surprisal - word.surprisal_uncorrected for word in found.words]
    assert max(map(abs, moved)) > 0.01
    assert sum(moved) == pytest.approx(0.0, abs=1e-6)


def test_no_word_has_fewer_bits_than_none(punctuated_world):
    for found in scored(punctuated_world, LINES):
        assert all(word.surprisal >= 0 for word in found.words)


def test_words_parted_by_spaces_alone_need_no_correction(world):
    for found in scored(world, ["the cat sat , on", "a unicorn"]):
        assert all(word.surprisal == word.surprisal_uncorrected for word in found.words)


def test_rank_entropy_and_unknown_are_those_of_the_score(punctuated_world):
    plain = score_lines(punctuated_world.model, punctuated_world.vocabulary, LINES)
    for whole, found in zip(plain, scored(punctuated_world, LINES), strict=True):
        for word, row in zip(whole.words, found.words, strict=True):
            assert (word.rank, word.unknown) == (row.rank, row.unknown)
            assert word.entropy == pytest.approx(row.entropy, abs=1e-4)


def test_a_document_adds_up_to_its_lines_too(punctuated_world):
    found = scored(punctuated_world, LINES * 30, context="document")
    assert [line.text for line in found] == LINES * 30
    for line in found:
        total = sum(word.surprisal_uncorrected for word in line.words)
        assert line.bits == pytest.approx(total, abs=1e-4)


def test_a_word_with_control_characters_is_one_row_with_all_its_bits(punctuated_world):
    (found,) = scored(punctuated_world, ["the\x00cat \x07 sat"])
    assert [word.word for word in found.words] == ["the\x00cat", "\x07", "sat"]
    (plain,) = score_lines(punctuated_world.model, punctuated_world.vocabulary, ["the cat sat"])
    assert found.bits == pytest.approx(plain.bits, abs=1e-4)
    nothing = found.words[1]
    assert (nothing.surprisal, nothing.surprisal_uncorrected, nothing.entropy) == (0.0, 0.0, 0.0)


def test_a_backward_model_needs_no_correction(punctuated_world):
    directions = Directions(backward=punctuated_world.backward)
    (found,) = score_words(directions, punctuated_world.vocabulary, ["the cat, sat"])
    assert [word.word for word in found.words] == ["the", "cat,", "sat"]
    assert all(word.surprisal == word.surprisal_uncorrected for word in found.words)
    with pytest.raises(UsageError, match="backward"):
        score_words(directions, punctuated_world.vocabulary, [], context="document")


def test_the_words_of_the_model_are_cut_where_it_begins_one(punctuated_world):
    line = "the cat sat, on (old) mat."
    (found,) = scored(punctuated_world, [line], words="model")
    texts = [word.word for word in found.words]
    assert texts[:5] == ["the", "cat", "sat", ",", "on"]
    assert texts[-1] == "."
    unknown = punctuated_world.tokenizer.unknown_id
    if unknown is None:
        assert "".join(texts) == line.replace(" ", "")


def test_the_words_of_the_model_have_its_bits_and_add_up(punctuated_world):
    plain = score_lines(punctuated_world.model, punctuated_world.vocabulary, LINES)
    for whole, found in zip(plain, scored(punctuated_world, LINES, words="model"), strict=True):
        assert found.bits == pytest.approx(whole.bits, abs=1e-4)
        assert all(word.surprisal == word.surprisal_uncorrected for word in found.words)
        assert len(found.words) >= len(whole.words)


def test_scripts_without_spaces_are_words_of_the_model_one_by_one(punctuated_world):
    (given_row,) = scored(punctuated_world, ["早上天气"])
    assert [word.word for word in given_row.words] == ["早上天气"]
    if punctuated_world.vocabulary.is_whole:
        (own,) = scored(punctuated_world, ["早上天气"], words="model")
        assert len(own.words) == 4


def test_unknown_names_are_refused(world):
    with pytest.raises(UsageError, match=r"kind of words.*given, model"):
        scored(world, [], words="written")
    with pytest.raises(UsageError, match="context"):
        scored(world, [], context="page")


def test_a_line_without_words_has_no_rows(punctuated_world):
    for words in ("given", "model"):
        for found in scored(punctuated_world, ["", " \t "], words=words):
            assert (found.words, found.bits, found.perplexity) == ((), 0.0, 1.0)


@NO_LIMIT
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=3))
def test_any_text_is_scored_word_for_word_and_adds_up(punctuated_world, texts):
    lines = [text.replace("\r", " ").replace("\n", " ") for text in texts]
    whole = list(score_lines(punctuated_world.model, punctuated_world.vocabulary, lines))
    for words in ("given", "model"):
        found = scored(punctuated_world, lines, words=words)
        for line, row, score in zip(lines, found, whole, strict=True):
            if words == "given":
                assert [word.word for word in row.words] == line.split()
            assert math.isfinite(row.bits)
            assert row.bits == pytest.approx(score.bits, abs=1e-2)
