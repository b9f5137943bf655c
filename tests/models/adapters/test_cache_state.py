"""Settings and entries of the neural cache."""

import math

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters.cache_state import CacheConfig, CacheEntries


def entries(rows, count, first=0):
    hidden = torch.arange(rows * count * 2.0).view(rows, count, 2) + first
    return CacheEntries(hidden, torch.arange(rows * count).view(rows, count) + first)


def test_entries_follow_each_other_and_are_cut_apart_again():
    older, newer = entries(2, 3), entries(2, 4, first=100)
    whole = older.then(newer)
    assert whole.hidden.shape == (2, 7, 2)
    assert torch.equal(whole.part(0, 3).words, older.words)
    assert torch.equal(whole.part(3).hidden, newer.hidden)


def test_rows_are_copied_only_where_they_differ():
    all_rows = entries(3, 2)
    assert all_rows.of_rows(torch.tensor([0, 1, 2])) is all_rows
    some = all_rows.of_rows(torch.tensor([2, 0, 2]))
    assert some.words.tolist() == [[4, 5], [0, 1], [4, 5]]
    assert torch.equal(some.hidden[1], all_rows.hidden[0])


@pytest.mark.parametrize(
    "settings",
    [
        {"window": 0},
        {"weight": 1.0},
        {"weight": -0.1},
        {"theta": math.inf},
        {"decay": -1.0},
        {"ramp": 0},
    ],
)
def test_senseless_settings_are_refused(settings):
    with pytest.raises(UsageError):
        CacheConfig(**settings)
