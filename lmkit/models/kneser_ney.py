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

from lmkit.models.ngram_counts import Counts

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # where the text is too small or too repetitive to estimate

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
        """Return the log share left to the shorter context; 0 for entries of -1."""
        back_offs = np.zeros(np.shape(contexts), dtype=np.float32)
        seen = contexts >= 0
        back_offs[seen] = self.back_offs[contexts[seen]]
        return back_offs


@dataclass(frozen=True, slots=True)
class NGramTables:
    """What an n-gram model is made of.

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
        prune: For each order, n-grams read this often or less are left out: their share goes
            to the shorter context. Must not fall from one order to the next, and must be -1,
            which leaves nothing out, for order 1.

    Returns:
        The levels, lowest order first, and the discounts used for each.
    """
    levels: list[Level] = []
    discounts: list[Discounts] = []
    renumbered = np.zeros(1, dtype=np.int32)  # entry among all n-grams -> among those kept, or -1
    lower = np.full(1, 1.0 / vocab_size)  # probabilities of the kept n-grams one word shorter
    for at_most, order_counts in zip(prune, counts, strict=True):
        contexts = (order_counts.keys // vocab_size).astype(np.int32)
        kept = order_counts.times > at_most
        taken = discounts_of(order_counts.weights, more_ones=order_counts.left_out)
        shares, back_off = _discounted(order_counts, contexts, kept, taken=taken)
        if levels:
            levels[-1].back_offs[:] = np.log(back_off[renumbered >= 0])
        contexts = contexts[kept]
        probs = shares + back_off[contexts] * lower[renumbered[order_counts.suffixes[kept]]]
        words = order_counts.keys[kept] % vocab_size
        keys = renumbered[contexts].astype(np.int64) * vocab_size + words
        levels.append(
            Level(keys, np.log(probs).astype(np.float32), np.zeros(len(keys), dtype=np.float32))
        )
        discounts.append(taken)
        renumbered = np.where(kept, np.cumsum(kept, dtype=np.int32) - 1, -1)
        lower = probs
    return tuple(levels), tuple(discounts)


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


def _discounted(
    counts: Counts, contexts: NDArray[np.int32], kept: NDArray[np.bool_], *, taken: Discounts
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the discounted share of each kept n-gram, and the share each context leaves over."""
    weights, once = counts.weights, counts.once
    discount = np.array((0.0, *taken))
    total = np.bincount(contexts, weights, len(once)) + once
    left = once.astype(np.float64)
    left += np.bincount(
        contexts, np.where(kept, discount[np.minimum(weights, 3)], weights), len(once)
    )
    back_off = np.divide(left, total, out=np.ones(len(once)), where=total > 0)
    del left
    shares = weights[kept] - discount[np.minimum(weights[kept], 3)]
    shares /= np.maximum(total[contexts[kept]], 1.0)
    return shares, back_off
