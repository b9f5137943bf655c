"""Stretches of a long array are spread evenly over it; where borders are named, cut at these."""

import numpy as np

from lmkit.core.stretches import STRETCHES, stretches


def test_a_short_array_is_one_stretch():
    ids = np.arange(100)
    (whole,) = stretches(ids, 100)
    assert whole is ids


def test_stretches_of_a_long_array_lie_evenly():
    ids = np.arange(5003)
    found = stretches(ids, 1000)
    assert len(found) == STRETCHES
    assert {len(part) for part in found} == {100}
    assert found[0][0] == 0
    assert found[-1][-1] == 5002
    gaps = np.diff([part[0] for part in found])
    assert gaps.max() - gaps.min() <= 1
    assert all(np.shares_memory(part, ids) for part in found)


def test_stretches_between_borders_are_whole_lines():
    ids = np.random.default_rng(0).integers(0, 5, 5000).astype(np.uint8)
    ids[-1] = 1
    found = np.concatenate(stretches(ids, 1000, border=1))
    assert 700 < len(found) <= 1000
    text = "".join(map(str, ids))
    lines = "".join(map(str, found)).split("1")[:-1]
    assert all(f"1{line}1" in f"1{text}" for line in lines)
    (whole,) = stretches(ids[:1000], 1000, border=1)
    assert np.array_equal(whole, ids[:1000])


def test_the_first_stretch_keeps_its_first_line():
    ids = np.array([3, 4, 1, 2, 1, 5] * 100)
    first, second, *_ = stretches(ids, 100, border=1)
    assert first.tolist() == [3, 4, 1, 2, 1, 5, 3, 4, 1]
    assert second.tolist() == [2, 1, 5, 3, 4, 1]


def test_a_stretch_without_two_borders_is_as_it_is():
    ids = np.arange(2, 102, dtype=np.uint8)
    found = stretches(ids, 20, border=1)
    assert [part.tolist() for part in found[:: STRETCHES - 1]] == [[2, 3], [100, 101]]
    assert all(np.shares_memory(part, ids) for part in found)
