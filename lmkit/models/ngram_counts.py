"""Counting n-grams in a stream of ids by sorting, one order after the other.

An n-gram is known by its entry: its rank among the n-grams of its order. The key of an n-gram is
`entry of its first n - 1 words * vocab + last word`, one integer, so that counting is sorting, and
the n-grams that go on from one context lie side by side. Knows nothing of probabilities.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Counts:
    """The n-grams of one order, in the order of their keys.

    Attributes:
        keys: Context entry * vocab + last word, int64, shape (ngrams,).
        suffixes: Entry of the last n - 1 words in the order below; zeros for order 1.
        times: How often each was read.
        weights: What Kneser-Ney counts: how many different words come before, or `times` for
            the highest order and where the n-gram begins a line, so that nothing comes before.
    """

    keys: NDArray[np.int64]
    suffixes: NDArray[np.int32]
    times: Ints
    weights: Ints


def count_ngrams(ids: Ints, *, vocab_size: int, order: int, line_end_id: int) -> Iterator[Counts]:
    """Count the n-grams of every order up to `order`, lowest first.

    No n-gram goes over the end of a line: the line end is the last word of one line and, as the
    mark of a beginning, the first word of the next. At most two orders are held at a time: about
    100 bytes per id where no n-gram is ever repeated, less for text.

    Args:
        ids: The text as a stream of lines, each closed by the line end, shape (ids,).
        vocab_size: Number of ids there are.
        order: Longest n-gram, at least 1.
        line_end_id: Id of the line end.

    Yields:
        Counts of order 1, 2, ... `order`; the highest may be empty if the text is short.
    """
    stream = _opened(ids, line_end_id)
    entries = stream
    times = np.bincount(stream[1:], minlength=vocab_size).astype(np.int32)
    keys = np.arange(vocab_size, dtype=np.int64)
    suffixes = np.zeros(vocab_size, dtype=np.int32)
    begins_line = np.zeros(vocab_size, dtype=np.bool_)
    for length in range(2, order + 1):
        starts = _starts(stream, entries, length, line_end_id=line_end_id)
        above = entries[starts].astype(np.int64) * vocab_size + stream[starts + length - 1]
        next_keys, ranks, first, next_times = _ranked(above)
        next_suffixes = entries[starts[first] + 1]
        before = np.bincount(next_suffixes, minlength=len(keys))
        weights = np.where(begins_line, times, before).astype(np.int32)
        begins_line = stream[starts[first]] == line_end_id
        entries = np.full(len(stream), -1, dtype=np.int32)
        entries[starts] = ranks
        del starts, above, ranks, first, before
        yield Counts(keys, suffixes, times, weights)
        keys, suffixes, times = next_keys, next_suffixes, next_times
    yield Counts(keys, suffixes, times, times)


def _opened(ids: Ints, line_end_id: int) -> NDArray[np.int32]:
    """Return the stream with the line end before it that its first word follows."""
    stream = np.empty(len(ids) + 1, dtype=np.int32)
    stream[0] = line_end_id
    stream[1:] = ids
    return stream


def _starts(
    stream: NDArray[np.int32], entries: NDArray[np.int32], length: int, *, line_end_id: int
) -> NDArray[np.int64]:
    """Return where n-grams of a length begin: no line end may stand inside them."""
    count = max(len(stream) - length + 1, 0)
    whole = entries[:count] >= 0
    if length > 2:
        whole &= stream[length - 2 : length - 2 + count] != line_end_id
    return np.flatnonzero(whole)


def _ranked(
    keys: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Tell keys apart.

    Args:
        keys: One key per position.

    Returns:
        The different keys ascending, the rank of each position's key among them, and for each
        different key one position where it stands and how many there are.
    """
    order = np.argsort(keys)
    ascending = keys[order]
    is_new = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=is_new[1:])
    begins = np.flatnonzero(is_new)
    ranks = np.empty(len(keys), dtype=np.int32)
    ranks[order] = np.cumsum(is_new, dtype=np.int32) - 1
    times = np.diff(begins, append=len(keys)).astype(np.int32)
    return ascending[begins], ranks, order[begins], times
