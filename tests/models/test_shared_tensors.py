"""Tensors of two models, of which equal ones are stored once."""

import torch

from lmkit.models.shared_tensors import with_shared, without_shared

FIRST = {"table": torch.arange(4.0), "bias": torch.zeros(2)}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_only_what_is_equal_is_left_out():
    second = {"table": torch.arange(4.0), "bias": torch.ones(2), "own": torch.zeros(1)}
    stored = without_shared(second, FIRST)
    assert set(stored) == {"bias", "own"}
    assert same(with_shared(stored, FIRST), second)


def test_numbers_of_another_type_or_shape_are_not_equal():
    second = {"table": torch.arange(4), "bias": torch.zeros(2, 1)}
    assert set(without_shared(second, FIRST)) == {"table", "bias"}


def test_models_with_nothing_in_common_are_stored_whole():
    second = {"table": torch.ones(4), "bias": torch.ones(2)}
    assert same(without_shared(second, FIRST), second)
    assert same(with_shared(second, FIRST), second)
