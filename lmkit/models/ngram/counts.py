"""Counting n-grams in a stream of ids by sorting, one order after the other, in bounded memory.

An n-gram is known by its entry: its rank among the n-grams of its order. The key of an n-gram is
`entry of its first n - 1 words * vocab + last word`, one integer, so that counting is sorting, and
the n-grams that go on from one context lie side by side. The sorting is done in parts, each a range
of contexts, so that beside the counts themselves only one entry per id is held.

In a long text most long n-grams are read once, and they are left out of the model. They need not be
told apart: what is read once, and all that goes on from it, has the weight 1 in Kneser-Ney. They
are only counted, so that nothing the model is estimated from is lost. Knows no probabilities.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]

PART = 2_000_000  # ids sorted at once; more where a single context is more frequent
CHUNK = 4_000_000  # ids looked through at once
NONE, ONCE = -1, -2  # entry of what is no n-gram, and of one that was left out
SHORTEST_LEFT_OUT = 3  # words


@dataclass(frozen=True, slots=True)
class Counts:
    """The n-grams of one order, in the order of their keys.

    Attributes:
        keys: Context entry * vocab + last word, int64, shape (ngrams,).
        suffixes: Entry of the last n - 1 words in the order below; zeros for order 1.
        times: How often each was read.
        weights: What Kneser-Ney counts: how many different words come before, or `times` for
            the highest order and where the n-gram begins a line, so that nothing comes before.
        once: For each context, how many n-grams go on from it that were read once and left out.
        left_out: How many were left out in all, each of weight 1; some have no context here,
            since that was left out too.
    """

    keys: NDArray[np.int64]
    suffixes: NDArray[np.int32]
    times: Ints
    weights: Ints
    once: NDArray[np.int32]
    left_out: int


def count_ngrams(
    ids: Ints,
    *,
    vocab_size: int,
    order: int,
    line_end_id: int,
    without_once: bool = False,
    part: int = PART,
) -> Iterator[Counts]:
    """Count the n-grams of every order up to `order`, lowest first.

    No n-gram goes over the end of a line: the line end is the last word of one line and, as the
    mark of a beginning, the first word of the next. Held are 4 bytes per id, about 60 per id of a
    part, and two orders of counts.

    Args:
        ids: The text as a stream of lines, each closed by the line end, shape (ids,).
        vocab_size: Number of ids there are.
        order: Longest n-gram, at least 1.
        line_end_id: Id of the line end.
        without_once: Leave out n-grams of three words and more that were read once.
        part: How many ids are sorted at once; the counts are the same whatever it is.

    Yields:
        Counts of order 1, 2, ... `order`; the highest may be empty if the text is short.
    """
    stream = _Stream(ids, line_end_id)
    entries = np.empty(len(stream), dtype=np.int32)
    entries[0], entries[1:] = line_end_id, ids
    below = _single_words(stream, vocab_size)
    for length in range(2, order + 1):
        longer = _Longer(stream, entries, below, length, vocab_size)
        left_out = longer.begin()
        leaves_out = without_once and length >= SHORTEST_LEFT_OUT
        for low, high in _context_ranges(below.times, part):
            longer.count(low, high, leaves_out=leaves_out)
        weights = np.where(below.begins_line, below.times, longer.before)
        above = longer.end(left_out)
        del longer
        yield below.weighed(weights)
        below = above
    yield below.weighed(below.times)


@dataclass(frozen=True, slots=True)
class _Stream:
    """The text with the line end before it that its first word follows."""

    ids: Ints
    line_end_id: int

    def __len__(self) -> int:
        return len(self.ids) + 1

    def at(self, places: Ints) -> NDArray[np.int32]:
        """Return the words at some places."""
        if len(self.ids) == 0:
            return np.full(len(places), self.line_end_id, dtype=np.int32)
        found = self.ids[places - 1].astype(np.int32)
        found[places == 0] = self.line_end_id
        return found


@dataclass(frozen=True, slots=True)
class _Found:
    """The n-grams of one order, before the order above says what they weigh."""

    keys: NDArray[np.int64]
    suffixes: NDArray[np.int32]
    times: NDArray[np.int32]
    begins_line: NDArray[np.bool_]
    once: NDArray[np.int32]
    left_out: int

    def weighed(self, weights: Ints) -> Counts:
        return Counts(self.keys, self.suffixes, self.times, weights, self.once, self.left_out)


def _single_words(stream: _Stream, vocab_size: int) -> _Found:
    times = np.zeros(vocab_size, dtype=np.int64)
    for begin in range(0, len(stream.ids), CHUNK):
        times += np.bincount(stream.ids[begin : begin + CHUNK], minlength=vocab_size)
    return _Found(
        keys=np.arange(vocab_size, dtype=np.int64),
        suffixes=np.zeros(vocab_size, dtype=np.int32),
        times=times.astype(np.int32),
        begins_line=np.zeros(vocab_size, dtype=np.bool_),
        once=np.zeros(1, dtype=np.int32),
        left_out=0,
    )


class _Longer:
    """Counts the n-grams of the next order, one range of contexts after the other.

    Attributes:
        before: For each n-gram one word shorter, how many different words were found before it.
    """

    def __init__(
        self,
        stream: _Stream,
        entries: NDArray[np.int32],
        below: _Found,
        length: int,
        vocab_size: int,
    ) -> None:
        """Hold what is counted.

        Args:
            stream: The text.
            entries: Entry of the n-gram one word shorter that begins at each place; it comes to
                be that of the n-gram of this length. While counting goes on, -3 - entry stands
                where it was done, to be told from what was there before.
            below: The n-grams one word shorter.
            length: Words of the n-grams to count.
            vocab_size: Number of ids there are.
        """
        self._stream, self._entries, self._below = stream, entries, below
        self._length, self._vocab_size = length, vocab_size
        self._once = np.zeros(len(below.keys), dtype=np.int32)
        self._parts: list[_Found] = []
        self._count = 0
        self.before = np.zeros(len(below.keys), dtype=np.int32)

    def begin(self) -> int:
        """Take away places where no n-gram begins; count those whose context was left out."""
        stream, entries, left_out = self._stream, self._entries, 0
        count = max(len(stream) - self._length + 1, 0)
        for begin in range(0, count, CHUNK):
            end = min(begin + CHUNK, count)
            here, after = entries[begin:end], entries[begin + 1 : end + 1]
            whole = here != NONE
            if self._length > 2:  # no line end may stand inside
                inside = np.arange(begin, end) + (self._length - 2)
                whole &= stream.at(inside) != stream.line_end_id
            suffixes = after[whole & (here == ONCE)]
            left_out += len(suffixes)
            np.add.at(self.before, suffixes[suffixes >= 0], 1)
            here[~whole] = NONE
        entries[count:] = NONE
        return left_out

    def count(self, low: int, high: int, *, leaves_out: bool) -> None:
        """Count the n-grams whose contexts have the entries low to high - 1."""
        places = _places(self._entries, low, high)
        keyed = self._entries[places].astype(np.int64)
        keyed *= self._vocab_size
        keyed += self._stream.at(places + (self._length - 1))
        keys, ranks, first, times = _ranked(keyed)
        del keyed
        suffixes = self._suffixes(keys)
        np.add.at(self.before, suffixes[suffixes >= 0], 1)
        kept = times > int(leaves_out)
        once = self._once[low:high]
        once += np.bincount(keys[~kept] // self._vocab_size - low, minlength=high - low)
        marks = np.where(kept, -2 - self._count - np.cumsum(kept), ONCE).astype(np.int32)
        self._entries[places] = marks[ranks]
        begins_line = self._stream.at(places[first[kept]]) == self._stream.line_end_id
        self._parts.append(
            _Found(keys[kept], suffixes[kept], times[kept], begins_line, once, int(once.sum()))
        )
        self._count += len(self._parts[-1].keys)

    def end(self, left_out: int) -> _Found:
        """Return what was counted, and leave the entries of this length behind."""
        for begin in range(0, len(self._entries), CHUNK):
            here = self._entries[begin : begin + CHUNK]
            np.subtract(-3, here, out=here, where=here <= -3)
        parts, self._parts = self._parts, []
        return _Found(
            keys=np.concatenate([part.keys for part in parts]),
            suffixes=np.concatenate([part.suffixes for part in parts]),
            times=np.concatenate([part.times for part in parts]),
            begins_line=np.concatenate([part.begins_line for part in parts]),
            once=self._once,
            left_out=left_out + sum(part.left_out for part in parts),
        )

    def _suffixes(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the entries of n-grams without their first word, `ONCE` for those left out."""
        contexts, words = np.divmod(keys, self._vocab_size)
        if self._length == 2:
            return words.astype(np.int32)
        below = self._below
        wanted = below.suffixes[contexts].astype(np.int64) * self._vocab_size + words
        found = np.searchsorted(below.keys, wanted)
        found[found == len(below.keys)] = 0
        return np.where(below.keys[found] == wanted, found, ONCE).astype(np.int32)


def _context_ranges(times: NDArray[np.int32], part: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of entries that were read about `part` times together; one at least."""
    read = np.cumsum(times, dtype=np.int64)
    low = 0
    while True:
        done = int(read[low - 1]) if low else 0
        last = int(np.searchsorted(read, done + part, side="right"))
        high = min(max(low + 1, last), len(times))
        yield low, high
        if high == len(times):
            return
        low = high


def _places(entries: NDArray[np.int32], low: int, high: int) -> Ints:
    """Return where the n-grams with the entries low to high - 1 begin."""
    smallest = np.min_scalar_type(-len(entries))  # 4 bytes but for very long texts
    found = []
    for begin in range(0, len(entries), CHUNK):
        here = entries[begin : begin + CHUNK]
        found.append((np.flatnonzero((here >= low) & (here < high)) + begin).astype(smallest))
    return np.concatenate(found)


def _ranked(
    keys: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Tell keys apart.

    Args:
        keys: One key per place.

    Returns:
        The different keys ascending, the rank of each place's key among them, and for each
        different key one place where it stands and how many there are.
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
