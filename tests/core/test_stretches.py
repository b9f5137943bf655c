"""Stretches of a long array are spread evenly, from its beginning to its end."""

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
