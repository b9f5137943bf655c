"""The n-gram model against a slow implementation with dictionaries, and on texts that are odd."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from lmkit.core.errors import ModelError, UsageError
from lmkit.models.ngram import counts
from lmkit.models.ngram.counts import count_ngrams
from lmkit.models.ngram.kneser_ney import FALLBACK_DISCOUNTS, estimate
from lmkit.models.ngram.ngram import NGram

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


def stream(lines):
    return np.array([word for line in lines for word in (*line, LINE_END)], dtype=np.uint16)


def random_lines(seed, count=40):
    rng = np.random.default_rng(seed)
    return [list(2 + rng.zipf(1.5, rng.integers(0, 9)) % (VOCAB - 2)) for _ in range(count)]


def fit(lines, **options):
    return NGram.fit(stream(lines), vocab_size=VOCAB, line_end_id=LINE_END, **options)


def read_line(model, words):
    ids = torch.tensor([[LINE_END, *words]])
    return model.read(ids, model.start(1))[0]


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("prune", [0, 1, 2])
def test_probabilities_are_those_of_the_slow_implementation(order, prune):
    lines = random_lines(order)
    slow = SlowKneserNey(lines, VOCAB, order, at_most=prune)
    model = fit(lines, order=order, prune=prune)
    for line in random_lines(100, count=5):
        dense = read_line(model, line).log_probs()[0].double().exp()
        for position in range(len(line) + 1):
            context = (LINE_END, *line[:position])
            expected = [slow.prob(context, word) for word in range(VOCAB)]
            assert dense[position].tolist() == pytest.approx(expected, abs=1e-6)


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


def test_chunks_that_are_looked_through_leave_no_trace(monkeypatch):
    lines = random_lines(12)
    whole = fit(lines, prune=1)
    monkeypatch.setattr(counts, "CHUNK", 7)
    for one, other in zip(whole.tables.levels, fit(lines, prune=1).tables.levels, strict=True):
        assert np.array_equal(one.keys, other.keys)
        assert np.array_equal(one.log_probs, other.log_probs)
        assert np.array_equal(one.back_offs, other.back_offs)


def test_what_is_left_out_early_could_have_been_left_out_late():
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


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [[]],
        [[], [], []],
        [[2]],
        [[2] * 50],
        [[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
        [[2, 2, 3]] * 20,
    ],
)
@pytest.mark.parametrize("order", [1, 2, 5, 9])
def test_small_and_repetitive_texts_give_a_whole_distribution(lines, order):
    model = fit(lines, order=order)
    log_probs = read_line(model, [2, 2, 3, 11, 1, 2]).log_probs()
    assert torch.isfinite(log_probs).all()
    assert torch.allclose(log_probs.exp().sum(-1), torch.ones(1, 7), atol=1e-5)


@given(
    lines=st.lists(st.lists(st.integers(2, VOCAB - 1), max_size=8), max_size=8),
    order=st.integers(1, 6),
    prune=st.integers(0, 2),
)
@settings(max_examples=60, deadline=None)
def test_every_distribution_sums_to_one(lines, order, prune):
    model = fit(lines, order=order, prune=prune)
    probs = read_line(model, [w for line in lines for w in line][:20] or [2]).log_probs().exp()
    assert torch.allclose(probs.sum(-1), torch.ones(probs.shape[:2]), atol=1e-5)


def test_text_without_a_last_line_end_is_accepted():
    model = NGram.fit(np.array([2, 3, 2]), vocab_size=4, line_end_id=LINE_END, order=3)
    assert torch.isfinite(read_line(model, [2, 3]).log_probs()).all()


def test_a_line_end_cuts_the_context():
    model = fit(random_lines(3))
    one = read_line(model, [2, 3, 2, LINE_END, 4]).last().log_probs()
    other = read_line(model, [5, LINE_END, 4]).last().log_probs()
    assert torch.equal(one, other)


def test_log_prob_of_agrees_with_the_whole_vocabulary():
    model = fit(random_lines(4))
    ids = torch.tensor([[1, 2, 3, 2, 9], [1, 5, 5, 11, 0]])
    prediction, _ = model.read(ids, model.start(2))
    asked = torch.tensor([[2, 3, 2, 9, 1], [5, 0, 11, 0, 7]])
    expected = prediction.log_probs().gather(2, asked[..., None])[..., 0]
    assert torch.allclose(prediction.log_prob_of(asked), expected, atol=1e-6)


@pytest.mark.parametrize("order", [1, 3, 5])
def test_the_best_words_are_those_of_the_whole_distribution(order):
    model = fit(random_lines(5), order=order)
    prediction, _ = model.read(torch.tensor([[1, 2, 3], [2, 11, 0]]), model.start(2))
    ids, log_probs = prediction.top(7)
    dense = prediction.last().log_probs()[:, 0]
    assert torch.allclose(log_probs, dense.topk(7).values, atol=1e-6)
    assert torch.allclose(dense.gather(1, ids), log_probs, atol=1e-6)


def test_pruning_leaves_out_rare_long_ngrams():
    lines = random_lines(6)
    sizes = [len(level.keys) for level in fit(lines, prune=1).tables.levels]
    full = [len(level.keys) for level in fit(lines, prune=0).tables.levels]
    assert sizes[:2] == full[:2]
    assert all(small < large for small, large in zip(sizes[2:], full[2:], strict=True))


def test_discounts_are_recorded_for_each_order():
    model = fit([[2] * 50], order=4)
    assert model.tables.discounts == (FALLBACK_DISCOUNTS,) * 4


@pytest.mark.parametrize("options", [{"order": 0}, {"prune": -1}])
def test_senseless_options_are_refused(options):
    with pytest.raises(UsageError):
        fit([[2]], **options)


@pytest.mark.parametrize("lines", [random_lines(7), []])
def test_a_saved_model_comes_back_the_same(tmp_path, lines):
    model = fit(lines, order=4)
    model.save(tmp_path / "ngram.safetensors")
    loaded = NGram.load(tmp_path / "ngram.safetensors")
    assert loaded.tables.discounts == model.tables.discounts
    assert loaded.tables.line_end_id == LINE_END
    for ours, theirs in zip(model.tables.levels, loaded.tables.levels, strict=True):
        assert np.array_equal(ours.keys, theirs.keys)
        assert np.array_equal(ours.log_probs, theirs.log_probs)
        assert np.array_equal(ours.back_offs, theirs.back_offs)


def test_saving_twice_gives_the_same_bytes(tmp_path):
    for name in "ab":
        fit(random_lines(8)).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("keep", [0, 4, 100, 1000])
def test_a_file_cut_short_is_refused(tmp_path, keep):
    path = tmp_path / "ngram.safetensors"
    fit(random_lines(9)).save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError):
        NGram.load(path)


@pytest.mark.parametrize("name", ["2.words", "2.followers", "3.log_probs", "1.back_offs"])
def test_tables_that_do_not_fit_each_other_are_refused(tmp_path, name):
    path = tmp_path / "ngram.safetensors"
    fit(random_lines(9)).save(path)
    arrays = load_file(path)
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    for broken in (
        arrays[name][:-1],
        np.full_like(arrays[name], 200),
        arrays[name] * np.float32("nan"),
    ):
        save_file({**arrays, name: broken}, path, metadata=metadata)
        if name != "1.back_offs" or not np.isfinite(broken).all() or len(broken) < VOCAB:
            with pytest.raises(ModelError):
                NGram.load(path)


def test_other_files_and_missing_ones_are_refused(tmp_path):
    save_file({"x": np.zeros(2)}, tmp_path / "other.safetensors")
    for name in ("other.safetensors", "none.safetensors"):
        with pytest.raises(ModelError):
            NGram.load(tmp_path / name)


@pytest.mark.slow
def test_penn_treebank_perplexity_is_that_of_kenlm(shared_data):
    train = [line.split() for line in (shared_data / "ptb" / "train.txt").read_text().splitlines()]
    valid = [line.split() for line in (shared_data / "ptb" / "valid.txt").read_text().splitlines()]
    number = {
        word: i for i, word in enumerate(sorted({"\n", *(w for line in train for w in line)}))
    }
    ids = [
        np.array([number[w] for line in lines for w in (*line, "\n")]) for lines in (train, valid)
    ]
    model = NGram.fit(ids[0], vocab_size=len(number), line_end_id=number["\n"])
    first = np.concatenate([[number["\n"]], ids[1][:-1]])
    prediction, _ = model.read(torch.from_numpy(first)[None], model.start(1))
    nats = -prediction.log_prob_of(torch.from_numpy(ids[1])[None]).double().mean().item()
    assert math.exp(nats) == pytest.approx(148.0, abs=0.1)
