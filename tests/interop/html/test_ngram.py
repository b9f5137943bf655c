"""N-gram models as arrays of the page."""

import numpy as np
import pytest

from lmkit.interop.html.blob import read_blob, write_blob
from lmkit.interop.html.ngram import pack_ngram, rounded_tables
from lmkit.models.ngram.ngram import NGram


@pytest.fixture
def tables():
    ids = np.random.default_rng(1).integers(0, 300, 4000)
    return NGram.fit(ids, vocab_size=300, line_end_id=0, order=3).tables


def test_rounding_moves_a_logarithm_by_half_a_step_at_most(tables):
    for level, rounded in zip(tables.levels, rounded_tables(tables).levels, strict=True):
        step = (level.log_probs.max() - level.log_probs.min()) / 65_535
        assert np.abs(level.log_probs - rounded.log_probs).max() <= step * 0.6 + 1e-6
        assert np.array_equal(level.keys, rounded.keys)


def test_rounding_twice_is_rounding_once(tables):
    once = rounded_tables(tables)
    for level, again in zip(once.levels, rounded_tables(once).levels, strict=True):
        assert np.array_equal(level.log_probs, again.log_probs)
        assert np.array_equal(level.back_offs, again.back_offs)


def test_the_arrays_hold_the_whole_model(tables):
    packed = pack_ngram(tables)
    facts, arrays = read_blob(write_blob(packed.facts, packed.arrays))
    assert facts["order"] == 3
    contexts = 1
    for order, level in enumerate(rounded_tables(tables).levels, start=1):
        low, step = facts["scales"][order - 1]["log_probs"]
        read = (low + step * arrays[f"ngram.{order}.log_probs"].astype(np.float64)).astype("f4")
        assert np.array_equal(read, level.log_probs)
        if order > 1:
            followers = arrays[f"ngram.{order}.followers"].astype(np.int64)
            assert len(followers) == contexts
            keys = np.repeat(np.arange(contexts), followers) * 300 + arrays[f"ngram.{order}.words"]
            assert np.array_equal(keys, level.keys)
        contexts = len(level.keys)


def test_integers_are_as_small_as_they_can_be(tables):
    arrays = pack_ngram(tables).arrays
    assert arrays["ngram.2.words"].dtype == np.uint16  # ids up to 299
    assert arrays["ngram.3.followers"].dtype == np.uint8


def test_a_model_of_single_words_and_an_empty_order_are_packed():
    single = NGram.fit(np.array([1, 1, 2]), vocab_size=3, line_end_id=0, order=1).tables
    assert pack_ngram(single).facts["order"] == 1
    empty = NGram.fit(np.array([], dtype=np.int64), vocab_size=3, line_end_id=0, order=3).tables
    packed = pack_ngram(empty)
    assert packed.arrays["ngram.3.words"].size == 0
    assert packed.facts["scales"][2]["log_probs"] == [0.0, 0.0]
