"""A text is recognised in what functions are given, and its way back is noticed."""

import random
from dataclasses import dataclass

import follow
import numpy as np
import torch


@dataclass
class Held:
    ids: torch.Tensor


def test_values_that_hold_the_text() -> None:
    text = follow.Text(frozenset(["cat"]), {1000, 1001})
    ids = torch.tensor([[1000, 1001, 5]])
    for value in (
        "a cat",
        b"cat",
        ids,
        ids.numpy(),
        [1000],
        {"x": ids},
        (Held(ids),),
        np.array([1001]),
    ):
        assert text.is_in(value)


def test_values_that_do_not() -> None:
    text = follow.Text(frozenset(["cat"]), {1000, 1001})
    for value in ("cats", b"", torch.ones(2), (16, 16, 16, 1000), [], True, None, Held):
        assert not text.is_in(value)


def test_a_file_that_the_text_comes_back_to_is_named() -> None:
    straight = {"a": [], "b": ["a"], "c": ["a", "b"]}
    assert follow.returns(straight) == []
    assert follow.returns({**straight, "a": ["c"]}) == [("a", "c")]


def test_the_words_are_distinct_and_each_is_written_as_often() -> None:
    words = follow.made_up_words(random.Random(1))
    assert len(set(words)) == len(words) == follow.WORDS
    written = follow.text_of(words, random.Random(2)).split()
    assert {written.count(word) for word in words[:50]} == {len(written) // len(words)}
