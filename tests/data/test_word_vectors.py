"""Vectors from counts, compared with the plain computation on dense matrices."""

import numpy as np
import pytest
import torch

from lmkit.data import word_vectors as module
from lmkit.data.word_vectors import word_vectors

VOCAB = 14


def text(count: int = 4000, seed: int = 0) -> np.ndarray:
    """Return sentences "a verb b" in which ids 2..5 and 6..9 keep company of their own."""
    chance = np.random.default_rng(seed)
    kinds = chance.integers(2, size=count)
    first = 2 + 4 * kinds + chance.integers(4, size=count)
    second = 10 + kinds + 2 * chance.integers(2, size=count)
    return np.stack([first, second, np.ones_like(first)], 1).ravel().astype(np.uint16)


def dense_ppmi(ids: np.ndarray) -> np.ndarray:
    """Return the matrix of neighbours, on the right and on the left, the slow and clear way."""
    counts = np.zeros((VOCAB, 2 * VOCAB))
    for place, token in enumerate(ids):
        for distance in (1, 2):
            if place + distance < len(ids):
                counts[token, ids[place + distance]] += 1 / distance
            if place >= distance:
                counts[token, VOCAB + ids[place - distance]] += 1 / distance
    of_token, of_context = counts.sum(1), counts.sum(0) ** 0.75
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(counts * of_context.sum() / (of_token[:, None] * of_context[None]))
    return np.nan_to_num(np.maximum(found, 0), posinf=0.0)


def test_directions_are_those_of_the_dense_decomposition():
    ids, width = text(600), 3
    left, values, _ = np.linalg.svd(dense_ppmi(ids))
    expected = left[:, :width] * np.sqrt(values[:width])
    seen = np.abs(expected).sum(1) > 1e-6
    expected = expected[seen] / np.linalg.norm(expected[seen], axis=1, keepdims=True)
    found = word_vectors(ids, vocab_size=VOCAB, width=width, seed=0).numpy()[seen]
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    # A rotation changes the numbers, and no angle between two vectors.
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-3)


def test_words_that_keep_the_same_company_are_nearest():
    vectors = word_vectors(text(), vocab_size=VOCAB, width=4, seed=0)
    near = torch.cosine_similarity(vectors[2], vectors[3], dim=0)
    far = torch.cosine_similarity(vectors[2], vectors[7], dim=0)
    assert near > 0.9 > far


def test_every_vector_has_the_length_of_a_drawn_one_and_an_unseen_word_has_none():
    vectors = word_vectors(text(), vocab_size=VOCAB + 3, width=5, seed=0)
    lengths = torch.linalg.vector_norm(vectors, dim=1)
    assert not lengths[[0, *range(VOCAB, VOCAB + 3)]].any()
    expected = torch.full((VOCAB - 1,), 0.0577 * 5**0.5)
    torch.testing.assert_close(lengths[1:VOCAB], expected)


def test_equal_seeds_give_equal_vectors():
    first, second, other = (
        word_vectors(text(), vocab_size=VOCAB, width=4, seed=seed) for seed in (1, 1, 2)
    )
    assert torch.equal(first, second)
    assert not torch.allclose(first, other)


def test_more_numbers_than_words_are_no_trouble():
    vectors = word_vectors(text(50), vocab_size=VOCAB, width=40, seed=0)
    assert vectors.shape == (VOCAB, 40)
    assert vectors.isfinite().all()


@pytest.mark.parametrize("ids", [[], [3], [3, 4]])
def test_a_text_of_hardly_a_word_gives_finite_vectors(ids):
    vectors = word_vectors(np.array(ids, np.uint16), vocab_size=6, width=3, seed=0)
    assert vectors.shape == (6, 3)
    assert vectors.isfinite().all()


def test_of_a_long_text_parts_that_are_spread_over_it_are_counted(monkeypatch):
    monkeypatch.setattr(module, "MOST_COUNTED", 300)
    ids = text(2000)
    parts = module._parts(ids)
    assert [len(part) for part in parts] == [30] * 10
    assert np.array_equal(parts[0], ids[:30])
    assert np.array_equal(parts[-1], ids[-30:])
    assert len(module._parts(ids[:300])) == 1
