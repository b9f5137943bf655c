"""Weights of orders that make a text most probable, and what each order says of it."""

import itertools

import numpy as np
import pytest
import torch

from lmkit.models.adapters.ngram import NGramMixture
from lmkit.models.adapters.order_weights import OrderParts, fit_order_weights, read_orders
from lmkit.models.ngram.ngram import NGram
from lmkit.models.sequence import stream_log_probs

VOCAB, LINE_END = 12, 1
RNG = np.random.default_rng(0)


def walk(count):
    """A text in which the word before says much of the next."""
    steps = np.random.default_rng(count).choice([1, 2, 5], size=count, p=[0.7, 0.2, 0.1])
    return np.cumsum(steps) % VOCAB


def counted(ids, order):
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=order)


def nats(other, ngram, shares, ids):
    mixed = NGramMixture(other, ngram, shares)
    return -float(stream_log_probs(mixed, ids, line_end_id=LINE_END).mean())


def test_no_shares_of_a_grid_find_the_text_more_probable():
    other, ngram, ids = counted(RNG.integers(0, VOCAB, 300), 1), counted(walk(900), 2), walk(4000)
    log_probs = stream_log_probs(other, ids, line_end_id=LINE_END)
    fitted = fit_order_weights(log_probs, read_orders(ngram, ids, line_end_id=LINE_END))
    grid = itertools.product(np.linspace(0, 1, 6), repeat=2)
    best = min(nats(other, ngram, shares, ids) for shares in grid)
    assert nats(other, ngram, fitted, ids) < best + 0.01
    assert fitted[1] > 0.8


def test_where_nothing_is_measured_what_is_expected_stands():
    none = OrderParts(torch.zeros(0, 3).double(), torch.zeros(0, 3).double())
    assert fit_order_weights(torch.zeros(0), none) == pytest.approx((0.2, 0.2, 0.2))
    expected = (0.1, 0.2, 0.3)
    assert fit_order_weights(torch.zeros(0), none, expected=expected) == pytest.approx(expected)


def test_what_an_order_adds_read_in_chunks_is_what_it_adds_read_at_once():
    ngram, ids = counted(walk(900), 3), walk(700)
    found = read_orders(ngram, ids, line_end_id=LINE_END)
    log_probs = stream_log_probs(ngram, ids, line_end_id=LINE_END)
    assert torch.allclose(found.parts.sum(1).log(), log_probs, atol=1e-5)
    assert torch.allclose(found.masses.sum(1), torch.ones(len(ids)).double(), atol=1e-5)
