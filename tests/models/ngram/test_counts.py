"""Counts of n-grams against counting tuples in a dictionary, and in parts of any size."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.models.ngram import counts
from lmkit.models.ngram.counts import count_ngrams

LINE_END = 1
VOCAB = 12


def slow_counts(lines, length):
    """How often each n-gram of one length stands in the lines, and which words come before it."""
    times, before = Counter(), {}
    for line in lines:
        words = (LINE_END, *line, LINE_END)
        for start in range(int(length == 1), len(words) - length + 1):
            gram = words[start : start + length]
            times[gram] += 1
            before.setdefault(gram, set())
            if start > 0:
                before[gram].add(words[start - 1])
    return times, before


def grams_of(keys, contexts):
    return [(*contexts[key // VOCAB], key % VOCAB) for key in keys.tolist()]


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("without_once", [False, True])
def test_counts_are_those_of_a_dictionary(random_lines, stream, order, without_once):
    lines = random_lines(order)
    found = count_ngrams(
        stream(lines),
        vocab_size=VOCAB,
        order=order,
        line_end_id=LINE_END,
        without_once=without_once,
    )
    contexts = [()]
    for length, level in enumerate(found, start=1):
        times, before = slow_counts(lines, length)
        once = {gram for gram in times if times[gram] == 1 and without_once and length > 2}
        kept = {gram for gram in times if gram not in once}
        grams = grams_of(level.keys, contexts)
        assert grams == sorted(grams)
        assert set(grams) == (kept if length > 1 else {(word,) for word in range(VOCAB)})
        assert level.times.tolist() == [times[gram] for gram in grams]
        whole = [length == order or (length > 1 and gram[0] == LINE_END) for gram in grams]
        assert level.weights.tolist() == [
            times[gram] if is_whole else len(before.get(gram, ()))
            for gram, is_whole in zip(grams, whole, strict=True)
        ]
        if length > 1:
            assert [contexts[suffix] for suffix in level.suffixes] == [gram[1:] for gram in grams]
        goes_on = Counter(gram[:-1] for gram in once)
        assert level.once.tolist() == [goes_on[context] for context in contexts]
        assert level.left_out == len(once)
        contexts = grams


def test_a_text_shorter_than_the_order_has_no_long_ngrams(stream):
    found = count_ngrams(stream([[2]]), vocab_size=VOCAB, order=5, line_end_id=LINE_END)
    assert [len(level.keys) for level in found] == [VOCAB, 2, 1, 0, 0]


@given(
    words=st.lists(st.integers(1, VOCAB - 1), max_size=60),
    order=st.integers(1, 6),
    part=st.integers(1, 20),
    without_once=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_counting_in_parts_finds_the_same(words, order, part, without_once):
    ids = np.array(words, dtype=np.uint8)
    asked = {"vocab_size": VOCAB, "order": order, "line_end_id": LINE_END}
    whole = list(count_ngrams(ids, **asked, without_once=without_once))
    parts = list(count_ngrams(ids, **asked, without_once=without_once, part=part))
    for one, other in zip(whole, parts, strict=True):
        for name in ("keys", "suffixes", "times", "weights", "once", "left_out"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_chunks_that_are_looked_through_leave_no_trace(random_lines, fit, monkeypatch):
    lines = random_lines(12)
    whole = fit(lines, prune=1)
    monkeypatch.setattr(counts, "CHUNK", 7)
    for one, other in zip(whole.tables.levels, fit(lines, prune=1).tables.levels, strict=True):
        assert np.array_equal(one.keys, other.keys)
        assert np.array_equal(one.log_probs, other.log_probs)
        assert np.array_equal(one.back_offs, other.back_offs)
