"""The n-gram model: its distributions are whole, also on texts that are odd."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.core.errors import UsageError
from lmkit.models.ngram import ngram
from lmkit.models.ngram.ngram import NGram

LINE_END = 1
VOCAB = 12


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
def test_small_and_repetitive_texts_give_a_whole_distribution(fit, read_line, lines, order):
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
def test_every_distribution_sums_to_one(fit, read_line, lines, order, prune):
    model = fit(lines, order=order, prune=prune)
    probs = read_line(model, [w for line in lines for w in line][:20] or [2]).log_probs().exp()
    assert torch.allclose(probs.sum(-1), torch.ones(probs.shape[:2]), atol=1e-5)


def test_text_without_a_last_line_end_is_accepted(read_line):
    model = NGram.fit(np.array([2, 3, 2]), vocab_size=4, line_end_id=LINE_END, order=3)
    assert torch.isfinite(read_line(model, [2, 3]).log_probs()).all()


def test_a_line_end_cuts_the_context(random_lines, fit, read_line):
    model = fit(random_lines(3))
    one = read_line(model, [2, 3, 2, LINE_END, 4]).last().log_probs()
    other = read_line(model, [5, LINE_END, 4]).last().log_probs()
    assert torch.equal(one, other)


def test_log_prob_of_agrees_with_the_whole_vocabulary(random_lines, fit):
    model = fit(random_lines(4))
    ids = torch.tensor([[1, 2, 3, 2, 9], [1, 5, 5, 11, 0]])
    prediction, _ = model.read(ids, model.start(2))
    asked = torch.tensor([[2, 3, 2, 9, 1], [5, 0, 11, 0, 7]])
    expected = prediction.log_probs().gather(2, asked[..., None])[..., 0]
    assert torch.allclose(prediction.log_prob_of(asked), expected, atol=1e-6)


@pytest.mark.parametrize("order", [1, 3, 5])
def test_the_best_words_are_those_of_the_whole_distribution(random_lines, fit, order):
    model = fit(random_lines(5), order=order)
    prediction, _ = model.read(torch.tensor([[1, 2, 3], [2, 11, 0]]), model.start(2))
    ids, log_probs = prediction.top(7)
    dense = prediction.last().log_probs()[:, 0]
    assert torch.allclose(log_probs, dense.topk(7).values, atol=1e-6)
    assert torch.allclose(dense.gather(1, ids), log_probs, atol=1e-6)


@pytest.mark.parametrize("options", [{"order": 0}, {"prune": -1}])
def test_senseless_options_are_refused(fit, options):
    with pytest.raises(UsageError):
        fit([[2]], **options)


def test_a_loaded_model_predicts_the_same(random_lines, fit, read_line, tmp_path):
    model = fit(random_lines(7), order=4)
    model.save(tmp_path / "ngram.safetensors")
    loaded = NGram.load(tmp_path / "ngram.safetensors")
    ours, theirs = (read_line(each, [2, 3, 2]).log_probs() for each in (model, loaded))
    assert torch.equal(ours, theirs)


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


def test_a_model_of_stretches_is_a_model_of_that_text(monkeypatch, read_line):
    lines = [2, 3, 4, 1, 2, 4, 3, 1] * 500
    whole = NGram.fit(np.array(lines), vocab_size=6, line_end_id=1, order=3)
    monkeypatch.setattr(ngram, "MOST_COUNTED", 800)
    some = NGram.fit(np.array(lines), vocab_size=6, line_end_id=1, order=3, prune=0)
    first, second = (model.single_log_probs().exp() for model in (whole, some))
    assert torch.allclose(first, second, atol=0.02)
