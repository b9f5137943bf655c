"""Texts of a few random lines, and models fitted to them."""

import numpy as np
import pytest
import torch

from lmkit.models.ngram.ngram import NGram

LINE_END = 1
VOCAB = 12


@pytest.fixture(scope="session")
def random_lines():
    def draw(seed, count=40):
        rng = np.random.default_rng(seed)
        return [list(2 + rng.zipf(1.5, rng.integers(0, 9)) % (VOCAB - 2)) for _ in range(count)]

    return draw


@pytest.fixture(scope="session")
def stream():
    def join(lines):
        return np.array([word for line in lines for word in (*line, LINE_END)], dtype=np.uint16)

    return join


@pytest.fixture(scope="session")
def fit(stream):
    def fit_to(lines, **options):
        return NGram.fit(stream(lines), vocab_size=VOCAB, line_end_id=LINE_END, **options)

    return fit_to


@pytest.fixture(scope="session")
def read_line():
    def read(model, words):
        ids = torch.tensor([[LINE_END, *words]])
        return model.read(ids, model.start(1))[0]

    return read
