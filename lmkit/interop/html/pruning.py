"""Pruning of an n-gram model to the n-grams that matter most, the probabilities staying whole.

An n-gram that is left out gives its part of the probability to the shorter context, as Kneser-Ney
does, so every distribution still sums to 1. What matters is how often an n-gram will be asked about
times how much would be lost (Stolcke 1998). Single words are never left out.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lmkit.models.ngram.kneser_ney import Level, NGramTables

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Entries = NDArray[np.int64]

_SMALLEST = 1e-12  # part of a probability; by none is divided


def pruned(tables: NGramTables, most: int) -> NGramTables:
    """Return the tables with at most so many n-grams of two words and more.

    Args:
        tables: A model.
        most: Most n-grams that are kept; each that is kept keeps those it begins with.

    Returns:
        The tables themselves where they hold no more.
    """
    vocab_size = len(tables.levels[0].keys)
    if sum(len(level.keys) for level in tables.levels[1:]) <= most:
        return tables
    kept = _chosen(tables.levels, _importance(tables.levels, vocab_size), vocab_size, most)
    return replace(tables, levels=_without(tables.levels, kept, vocab_size))


def _importance(levels: Sequence[Level], vocab_size: int) -> list[Floats]:
    """Return what the model loses with each n-gram, level by level, in nats a word."""
    scores = [np.full(vocab_size, np.inf)]
    reached = np.exp(levels[0].log_probs.astype(np.float64))  # probability of all words together
    for depth in range(1, len(levels)):
        contexts, _ = np.divmod(levels[depth].keys, vocab_size)
        log_probs = levels[depth].log_probs.astype(np.float64)
        backed = levels[depth - 1].back_offs[contexts] + _shorter(levels, depth, vocab_size)
        reached = reached[contexts] * np.exp(log_probs)
        scores.append(reached * np.maximum(log_probs - backed, 0.0))
    return scores


def _chosen(
    levels: Sequence[Level], scores: Sequence[Floats], vocab_size: int, most: int
) -> list[Mask]:
    """Return the n-grams to keep: the best, as many as fit with all that they begin with."""
    every = np.sort(np.concatenate(scores[1:]))[::-1]
    low, high = 0, min(most, len(every) - 1)  # so many best n-grams fit, and so many do not
    while low < high:
        middle = (low + high + 1) // 2
        kept = _closed(levels, scores, vocab_size, float(every[middle]))
        if sum(int(mask.sum()) for mask in kept[1:]) <= most:
            low = middle
        else:
            high = middle - 1
    return _closed(levels, scores, vocab_size, float(every[low]))


def _closed(
    levels: Sequence[Level], scores: Sequence[Floats], vocab_size: int, least: float
) -> list[Mask]:
    """Return masks of the n-grams with a higher score, and of those that they begin with."""
    kept = [score > least for score in scores]
    for depth in range(len(levels) - 1, 1, -1):
        kept[depth - 1][levels[depth].keys[kept[depth]] // vocab_size] = True
    return kept


def _without(levels: Sequence[Level], kept: Sequence[Mask], vocab_size: int) -> tuple[Level, ...]:
    """Return the levels with the kept n-grams alone, their probabilities worked out anew."""
    made = [replace(levels[0], back_offs=levels[0].back_offs.copy())]
    renumbered = np.arange(vocab_size, dtype=np.int64)
    for depth in range(1, len(levels)):
        level, mask = levels[depth], kept[depth]
        contexts, words = np.divmod(level.keys, vocab_size)
        left_over = np.exp(levels[depth - 1].back_offs.astype(np.float64))
        lower = np.exp(_shorter(levels, depth, vocab_size))
        own = np.maximum(
            np.exp(level.log_probs.astype(np.float64)) - left_over[contexts] * lower, 0.0
        )
        taken = np.bincount(contexts[mask], own[mask], len(left_over))
        seen = np.bincount(contexts, minlength=len(left_over)) > 0
        left = np.where(seen, np.maximum(1.0 - taken, _SMALLEST), 1.0)
        below = renumbered >= 0
        made[-1].back_offs[:] = np.log(left[below])
        keys = renumbered[contexts[mask]] * vocab_size + words[mask]
        made.append(Level(keys, np.zeros(len(keys), np.float32), np.zeros(len(keys), np.float32)))
        shorter = np.exp(_shorter(made, depth, vocab_size))
        probs = own[mask] + left[contexts[mask]] * shorter
        made[-1].log_probs[:] = np.log(np.maximum(probs, _SMALLEST))
        renumbered = np.where(mask, np.cumsum(mask) - 1, -1)
    return tuple(made)


def _shorter(levels: Sequence[Level], depth: int, vocab_size: int) -> Floats:
    """Return the log-probability of each n-gram's last word after its context less one word.

    Args:
        levels: Levels up to `depth`; of the last one only the keys count.
        depth: Place of the level, at least 1.
        vocab_size: Number of ids.
    """
    rows = _words(levels, depth, vocab_size)
    found = levels[0].log_probs[rows[-1]].astype(np.float64)
    contexts: list[Entries] = []  # of the last 1, 2, ... words before the last one
    for length in range(1, depth):
        first = depth - length
        entry = rows[first]
        for place in range(first + 1, depth):
            entry = levels[place - first].find(entry, rows[place], vocab_size)
        contexts.append(entry)
    for length, entry in enumerate(contexts, start=1):
        found = found + levels[length - 1].back_off_of(entry)
        longer = levels[length].find(entry, rows[-1], vocab_size)
        is_known = longer >= 0
        found[is_known] = levels[length].log_probs[longer[is_known]]
    return found


def _words(levels: Sequence[Level], depth: int, vocab_size: int) -> list[Entries]:
    """Return the words of each n-gram of a level, first to last: depth + 1 arrays."""
    entries = np.arange(len(levels[depth].keys))
    words: list[Entries] = []
    for level in levels[depth::-1]:
        entries, last = np.divmod(level.keys[entries], vocab_size)
        words.append(last)
    return words[::-1]
