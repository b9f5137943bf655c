"""Kneser-Ney against a slow implementation with dictionaries."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from lmkit.models.ngram.counts import count_ngrams
from lmkit.models.ngram.kneser_ney import FALLBACK_DISCOUNTS, Level, discounts_of, estimate

LINE_END = 1
VOCAB = 12


class SlowKneserNey:
    """The textbook: n-grams are tuples, probabilities are computed by recursion."""

    def __init__(self, lines, vocab_size, order, at_most=0):
        self.vocab_size, self.order = vocab_size, order
        grams = [Counter() for _ in range(order + 1)]
        for line in lines:
            words = (LINE_END, *line, LINE_END)
            for n in range(1, order + 1):
                for start in range(len(words) - n + 1):
                    if n > 1 or start > 0:
                        grams[n][words[start : start + n]] += 1
        self.weights = [{} for _ in range(order + 1)]
        for n in range(1, order + 1):
            for gram in grams[n]:
                if n == order or (n > 1 and gram[0] == LINE_END):
                    self.weights[n][gram] = grams[n][gram]
                else:
                    before = {longer[0] for longer in grams[n + 1] if longer[1:] == gram}
                    self.weights[n][gram] = len(before)
        self.discounts = [None] + [self._discounts(n) for n in range(1, order + 1)]
        self.kept = {
            g for n in range(1, order + 1) for g in grams[n] if n < 3 or grams[n][g] > at_most
        }
        self.followers = defaultdict(list)
        for n in range(1, order + 1):
            for gram in self.weights[n]:
                self.followers[gram[:-1]].append(gram)

    def _discounts(self, n):
        count = Counter(self.weights[n].values())
        if not (count[1] and count[2] and count[3]):
            return FALLBACK_DISCOUNTS
        y = count[1] / (count[1] + 2 * count[2])
        found = tuple(k - (k + 1) * y * count[k + 1] / count[k] for k in (1, 2, 3))
        return found if all(0 < d <= k for k, d in enumerate(found, 1)) else FALLBACK_DISCOUNTS

    def prob(self, context, word):
        context = tuple(context)[-(self.order - 1) :] if self.order > 1 else ()
        if not context:
            return self._interpolated(context, word, 1 / self.vocab_size)
        return self._interpolated(context, word, self.prob(context[1:], word))

    def _interpolated(self, context, word, lower):
        n = len(context) + 1
        weights, discounts = self.weights[n], self.discounts[n]
        followers = self.followers[context]
        if not followers or (context and context not in self.kept):
            return lower
        total = sum(weights[g] for g in followers)
        if total == 0:
            return lower
        discount = lambda g: discounts[min(weights[g], 3) - 1] if weights[g] else 0.0  # noqa: E731
        left = sum(discount(g) if g in self.kept else weights[g] for g in followers)
        gram = (*context, word)
        own = weights[gram] - discount(gram) if gram in weights and gram in self.kept else 0.0
        return own / total + left / total * lower


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("prune", [0, 1, 2])
def test_probabilities_are_those_of_the_slow_implementation(
    random_lines, fit, read_line, order, prune
):
    lines = random_lines(order)
    slow = SlowKneserNey(lines, VOCAB, order, at_most=prune)
    model = fit(lines, order=order, prune=prune)
    for line in random_lines(100, count=5):
        dense = read_line(model, line).log_probs()[0].double().exp()
        for position in range(len(line) + 1):
            context = (LINE_END, *line[:position])
            expected = [slow.prob(context, word) for word in range(VOCAB)]
            assert dense[position].tolist() == pytest.approx(expected, abs=1e-6)


def test_what_is_left_out_early_could_have_been_left_out_late(random_lines, stream):
    """Rare n-grams left out while counting leave the model that leaving them out later does."""
    asked = {"vocab_size": VOCAB, "line_end_id": LINE_END, "order": 5}
    ids = stream(random_lines(13))
    prune = [-1, 0, 1, 1, 1]
    early, late = (
        estimate(count_ngrams(ids, **asked, without_once=at_once), vocab_size=VOCAB, prune=prune)
        for at_once in (True, False)
    )
    assert early[1] == late[1]
    for one, other in zip(early[0], late[0], strict=True):
        assert np.array_equal(one.keys, other.keys)
        assert np.allclose(one.log_probs, other.log_probs)
        assert np.allclose(one.back_offs, other.back_offs)


def test_pruning_leaves_out_rare_long_ngrams(random_lines, fit):
    lines = random_lines(6)
    sizes = [len(level.keys) for level in fit(lines, prune=1).tables.levels]
    full = [len(level.keys) for level in fit(lines, prune=0).tables.levels]
    assert sizes[:2] == full[:2]
    assert all(small < large for small, large in zip(sizes[2:], full[2:], strict=True))


def test_discounts_are_recorded_for_each_order(fit):
    model = fit([[2] * 50], order=4)
    assert model.tables.discounts == (FALLBACK_DISCOUNTS,) * 4


def test_discounts_are_those_of_the_formula():
    weights = np.repeat([1, 2, 3, 4, 9], [40, 12, 6, 3, 2])
    share = 40 / (40 + 2 * 12)
    assert discounts_of(weights) == pytest.approx(
        (1 - 2 * share * 12 / 40, 2 - 3 * share * 6 / 12, 3 - 4 * share * 3 / 6)
    )


def test_what_was_left_out_counts_as_read_once():
    weights = np.repeat([1, 2, 3, 4], [40, 12, 6, 3])
    assert discounts_of(weights[30:], more_ones=30) == discounts_of(weights)


@pytest.mark.parametrize("weights", [[], [1, 1, 2], [3, 3, 3], [1, 2, 3, 3, 3, 3]])
def test_where_discounts_cannot_be_estimated_they_fall_back(weights):
    assert discounts_of(np.array(weights, dtype=np.int64)) == FALLBACK_DISCOUNTS


def test_an_ngram_is_found_where_a_dictionary_has_it():
    keys = np.array([1, 5, VOCAB + 2, 3 * VOCAB])
    zeros = np.zeros(len(keys), dtype=np.float32)
    entries = {int(key): entry for entry, key in enumerate(keys)}
    contexts, words = (part.ravel() for part in np.mgrid[-1:5, 0:VOCAB])
    found = Level(keys, zeros, zeros).find(contexts, words, VOCAB)
    expected = [
        entries.get(context * VOCAB + word, -1) if context >= 0 else -1
        for context, word in zip(contexts.tolist(), words.tolist(), strict=True)
    ]
    assert found.tolist() == expected


def test_a_context_never_seen_leaves_all_to_the_shorter_one():
    level = Level(np.arange(2), np.zeros(2, np.float32), np.array([-0.5, -2.0], np.float32))
    assert level.back_off_of(np.array([1, -1, 0])).tolist() == [-2.0, 0.0, -0.5]


def test_followers_are_all_n_grams_of_each_context():
    keys = np.array([0 * 7 + 2, 0 * 7 + 5, 2 * 7 + 0, 3 * 7 + 6])
    level = Level(keys, np.zeros(4, np.float32), np.zeros(4, np.float32))
    contexts = np.array([2, -1, 0, 1, 0])
    numbers, entries = level.followers(contexts, 7)
    expected = [
        (number, entry)
        for number, context in enumerate(contexts)
        for entry, key in enumerate(keys)
        if context >= 0 and key // 7 == context
    ]
    assert list(zip(numbers.tolist(), entries.tolist(), strict=True)) == expected
