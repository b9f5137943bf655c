"""Whole words found against all words spelled out, one by one."""

import math

import numpy as np
import pytest
import torch

from lmkit.inference.context import read_context
from lmkit.inference.search import WordQuery, search_words
from lmkit.inference.vocabulary import Place, is_punctuation

MOST_PIECES = 2


def _all_words(world, context_ids, starting):
    """Every word of at most two tokens and its most probable spelling."""
    vocabulary, end = world.vocabulary, world.vocabulary.line_end_id
    carries = np.flatnonzero(vocabulary.continues & ~vocabulary.hidden)
    after_space = np.flatnonzero(~vocabulary.hidden & ~vocabulary.spaced)
    found = {}
    for first in np.flatnonzero(starting):
        more = after_space if vocabulary.opens[first] else carries
        for ids in [(int(first),), *((int(first), int(second)) for second in more)]:
            if vocabulary.opens[list(ids)].all():
                continue
            text = world.tokenizer.decode(ids).strip()
            if not text or "\ufffd" in text:
                continue
            ids_read = [end, *context_ids, *ids]
            score = world.model.log_prob(ids_read) - world.model.log_prob([end, *context_ids])
            prediction, _ = world.model.read(torch.tensor([ids_read]), world.model.start(1))
            row = prediction.log_probs()[0, -1].numpy()
            score += math.log(float(np.exp(row[~vocabulary.continues]).sum()))
            found[text] = max(found.get(text, -math.inf), score)
    return found


def test_whole_word_units_are_found_in_one_look(world):
    ids = world.tokenizer.encode("the cat")
    context = read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)
    found = search_words(world.model, world.vocabulary, context, WordQuery(k=4))
    row = context.log_probs.clone()
    row[torch.from_numpy(world.vocabulary.hidden)] = -torch.inf
    best = row.topk(4)
    assert [word.ids[0] for word in found.words] == best.indices.tolist()
    assert [word.log_prob for word in found.words] == pytest.approx(best.values.tolist())


@pytest.mark.slow
def test_words_of_several_pieces_equal_all_words_spelled_out(any_world):
    if any_world.vocabulary.is_whole:
        return
    ids = any_world.tokenizer.encode("the")
    context = read_context(any_world.model, ids, line_end_id=any_world.vocabulary.line_end_id)
    query = WordQuery(k=6, place=Place.SPACED, tokens=MOST_PIECES, branches=10**6)
    found = search_words(any_world.model, any_world.vocabulary, context, query)
    starting = any_world.vocabulary.starting(Place.SPACED)
    # Spelling all pairs is slow: the tokens that begin a word of the answer, and some others.
    wanted = {word.ids[0] for word in found.words}
    wanted |= set(np.flatnonzero(starting)[:5].tolist())
    starting = np.array([number in wanted for number in range(len(starting))]) & starting
    expected = _all_words(any_world, ids, starting)
    best = sorted(expected.items(), key=lambda item: -item[1])[:6]
    assert [word.word for word in found.words] == [word for word, _ in best]
    assert [word.log_prob for word in found.words] == pytest.approx([s for _, s in best], abs=1e-4)


def test_a_prefix_is_respected_and_its_mass_bounds_the_words(any_world):
    context = read_context(any_world.model, [], line_end_id=any_world.vocabulary.line_end_id)
    query = WordQuery(k=5, prefix="ca", place=Place.LINE_START)
    found = search_words(any_world.model, any_world.vocabulary, context, query)
    assert found.words
    assert all(word.word.startswith("ca") for word in found.words)
    total = sum(math.exp(word.log_prob) for word in found.words)
    assert total <= math.exp(found.prefix_log_prob) * (1 + 1e-6)


def test_the_answer_says_when_it_is_exact(any_world):
    context = read_context(any_world.model, [], line_end_id=any_world.vocabulary.line_end_id)
    found = search_words(
        any_world.model, any_world.vocabulary, context, WordQuery(k=3, branches=10**6)
    )
    assert found.bound <= found.words[-1].log_prob


QUOTED = ['the cat. "Behold the cat"', "(the dog) sat; Behold ____ the cat, ____"] * 3


@pytest.mark.parametrize("unit", ["word", "bpe", "char"])
def test_words_without_marks_are_those_with_them_but_for_punctuation(make_world, unit):
    world = make_world(unit, split="punctuation", lines=QUOTED)
    ids = world.tokenizer.encode("the")
    context = read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)

    def found(**options):
        query = WordQuery(k=40, **options)
        return search_words(world.model, world.vocabulary, context, query).words

    words = {word.word for word in found(has_marks=False)}
    assert words
    assert not any(map(is_punctuation, words))
    kept = {word.word for word in found() if not is_punctuation(word.word)}
    assert kept <= words


def test_the_probability_of_a_prefix_counts_every_word(make_world):
    world = make_world("word", split="punctuation", lines=QUOTED)
    ids = world.tokenizer.encode("the")
    context = read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)
    queries = [WordQuery(k=3, has_marks=has_marks) for has_marks in (True, False)]
    totals = [
        search_words(world.model, world.vocabulary, context, query).prefix_log_prob
        for query in queries
    ]
    assert totals[0] == totals[1]


def test_after_a_letter_every_word_found_carries_its_space_or_is_no_word(make_world):
    world = make_world("word", split="punctuation", lines=QUOTED)
    ids = world.tokenizer.encode("the")
    context = read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)
    query = WordQuery(k=100, follows_letter=True)
    for word in search_words(world.model, world.vocabulary, context, query).words:
        text = world.vocabulary.texts[word.ids[0]]
        assert text.startswith(" ") or not text[0].isalnum()
