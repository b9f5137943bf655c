"""The request to train."""

import dataclasses
from pathlib import Path

import pytest

from lmkit.recipes.request import DIRECTIONS, TrainRequest


def test_all_but_sources_and_folder_may_be_left_out():
    request = TrainRequest(sources=("a.txt",), out=Path("m"))
    given = {field.name for field in dataclasses.fields(request)} - {"sources", "out"}
    unset = {name for name in given if getattr(request, name) in (None, (), "", False)}
    assert given - unset == {"column", "device"}


def test_a_request_is_a_value():
    one, other = (TrainRequest(sources=("a.txt",), out=Path("m")) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.seed = 3


def test_the_directions_are_those_of_the_interface():
    assert DIRECTIONS == ("forward", "backward", "both")
