"""Interpolated modified Kneser-Ney: from counts of n-grams to probabilities.

For an n-gram of weight c after a context whose n-grams weigh `total`,

    p(word | context) = (c - D(c)) / total + back_off(context) * p(word | shorter context)

with one discount D each for weights of 1, 2 and 3 or more, estimated from how many n-grams have
the weights 1 to 4 (Chen and Goodman 1998). The shortest context backs off to the uniform
distribution over the vocabulary, so no word is impossible and every distribution sums to 1.
Knows nothing of reading or asking.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmkit.models.ngram.counts import Counts

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # where the text is too small or too repetitive to estimate

CHUNK = 1_000_000  # n-grams worked on at once

Discounts = tuple[float, float, float]  # taken off a weight of 1, of 2, and of 3 or more


@dataclass(frozen=True, slots=True)
class Level:
    """The n-grams of one order with their probabilities, in the order of their keys.

    Attributes:
        keys: Context entry * vocab + last word, ascending, int64, shape (ngrams,).
        log_probs: Log-probability of the last word after the others, float32.
        back_offs: Log of the share that goes to the shorter context when this n-gram is the
            context, float32; 0 where nothing was seen to follow it.
    """

    keys: NDArray[np.int64]
    log_probs: NDArray[np.float32]
    back_offs: NDArray[np.float32]

    def find(
        self, contexts: NDArray[np.int64], words: NDArray[np.int64], vocab_size: int
    ) -> NDArray[np.int64]:
        """Return the entries of n-grams, -1 for those never seen.

        Args:
            contexts: Entries of the first words in the level below, -1 for unseen, any shape.
            words: Last words, same shape.
            vocab_size: Number of ids there are.

        Returns:
            Entries in this level, same shape.
        """
        if len(self.keys) == 0:
            return np.full(np.shape(contexts), -1, dtype=np.int64)
        wanted = contexts * vocab_size + words  # negative for an unseen context: never found
        entries = np.searchsorted(self.keys, wanted)
        entries[entries == len(self.keys)] = 0
        entries[self.keys[entries] != wanted] = -1
        return entries

    def back_off_of(self, contexts: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the log of the mass left to the shorter context; 0 for entries of -1."""
        back_offs = np.zeros(np.shape(contexts), dtype=np.float32)
        seen = contexts >= 0
        back_offs[seen] = self.back_offs[contexts[seen]]
        return back_offs

    def followers(
        self, contexts: NDArray[np.int64], vocab_size: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return every n-gram that goes on from some contexts.

        Args:
            contexts: Entries of the level below, -1 for unseen, shape (contexts,).
            vocab_size: Number of ids there are.

        Returns:
            The number of the context of each n-gram, and its entry in this level.
        """
        known = np.flatnonzero(contexts >= 0)
        begins = np.searchsorted(self.keys, contexts[known] * vocab_size)
        ends = np.searchsorted(self.keys, (contexts[known] + 1) * vocab_size)
        counts = ends - begins
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(known, counts), np.repeat(begins, counts) + offsets


@dataclass(frozen=True, slots=True)
class NGramTables:
    """The tables of an n-gram model.

    Attributes:
        levels: The n-grams of each order, lowest first.
        discounts: The three discounts of each order.
        line_end_id: Id of the line end, which begins every context.
    """

    levels: tuple[Level, ...]
    discounts: tuple[Discounts, ...]
    line_end_id: int


def estimate(
    counts: Iterable[Counts], *, vocab_size: int, prune: Sequence[int]
) -> tuple[tuple[Level, ...], tuple[Discounts, ...]]:
    """Turn counts into probabilities.

    Args:
        counts: Counts of each order, lowest first.
        vocab_size: Number of ids there are.
        prune: For each order, n-grams read this often or less are left out: their mass goes
            to the shorter context. Must not fall from one order to the next, and must be -1,
            which leaves nothing out, for order 1.

    Returns:
        The levels, lowest order first, and the discounts used for each.
    """
    orders = iter(counts)
    estimation = _Estimation(vocab_size)
    for at_most in prune:
        estimation.add(next(orders), at_most)  # nothing else holds on to these counts
    return tuple(estimation.levels), tuple(estimation.discounts)


class _Estimation:
    """Levels one after the other; between them only what the next one needs is held."""

    def __init__(self, vocab_size: int) -> None:
        self.levels: list[Level] = []
        self.discounts: list[Discounts] = []
        self._vocab_size = vocab_size
        # entry among all n-grams -> among those kept, or -1
        self._renumbered = np.zeros(1, dtype=np.int32)
        # probabilities of the kept n-grams one word shorter
        self._lower = np.full(1, 1.0 / vocab_size)

    def add(self, counts: Counts, at_most: int) -> None:
        """Turn the counts of the next order into a level."""
        taken = discounts_of(counts.weights, more_ones=counts.left_out)
        kept = counts.times > at_most
        total, back_off = self._totals_of_contexts(counts, kept, taken)
        if self.levels:
            self.levels[-1].back_offs[:] = np.log(back_off[self._renumbered >= 0])
        places = np.flatnonzero(kept)
        keys = np.empty(len(places), dtype=np.int64)
        probs = np.empty(len(places))
        for begin in range(0, len(places), CHUNK):
            here = slice(begin, begin + CHUNK)
            some = places[here]
            contexts, words = np.divmod(counts.keys[some], self._vocab_size)
            keys[here] = self._renumbered[contexts].astype(np.int64) * self._vocab_size + words
            weights = counts.weights[some]
            discounted = (weights - _discount(weights, taken)) / np.maximum(total[contexts], 1.0)
            shorter = self._renumbered[counts.suffixes[some]]
            probs[here] = discounted + back_off[contexts] * self._lower[shorter]
        log_probs = np.log(probs).astype(np.float32)
        self.levels.append(Level(keys, log_probs, np.zeros(len(keys), dtype=np.float32)))
        self.discounts.append(taken)
        self._renumbered = np.where(kept, np.cumsum(kept, dtype=np.int32) - 1, -1)
        self._lower = probs

    def _totals_of_contexts(
        self, counts: Counts, kept: NDArray[np.bool_], taken: Discounts
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the total weight of the n-grams of each context, and the mass it leaves over."""
        total = counts.once.astype(np.float64)
        left = total.copy()
        for begin in range(0, len(kept), CHUNK):
            here = slice(begin, begin + CHUNK)
            contexts, weights = counts.keys[here] // self._vocab_size, counts.weights[here]
            np.add.at(total, contexts, weights)
            np.add.at(left, contexts, np.where(kept[here], _discount(weights, taken), weights))
        back_off = np.divide(left, total, out=np.ones(len(left)), where=total > 0)
        return total, back_off


def discounts_of(weights: NDArray[np.integer], *, more_ones: int = 0) -> Discounts:
    """Estimate the three discounts of one order from the weights of its n-grams.

    Where one of the numbers needed is zero, or a discount comes out as not above 0 or above the
    weight itself, as on a text of ten words or of one word repeated, all three are
    `FALLBACK_DISCOUNTS`, the values KenLM falls back to.

    Args:
        weights: Of the n-grams that were counted.
        more_ones: How many of weight 1 were left out.

    Returns:
        The discounts.
    """
    ones, twos, threes, fours = (
        int(np.count_nonzero(weights == weight)) for weight in (1, 2, 3, 4)
    )
    ones += more_ones
    if not (ones and twos and threes):
        return FALLBACK_DISCOUNTS
    share = ones / (ones + 2 * twos)
    found = (
        1 - 2 * share * twos / ones,
        2 - 3 * share * threes / twos,
        3 - 4 * share * fours / threes,
    )
    if all(0 < discount <= weight for weight, discount in enumerate(found, start=1)):
        return found
    return FALLBACK_DISCOUNTS


def _discount(weights: NDArray[np.integer], taken: Discounts) -> NDArray[np.float64]:
    discounts: NDArray[np.float64] = np.array((0.0, *taken))[np.minimum(weights, 3)]
    return discounts
