"""Events: frozen values, every kind a part of the union."""

import dataclasses
from typing import get_args

import pytest

from lmkit.training import events


def kinds() -> list[type]:
    return [kind for kind in vars(events).values() if dataclasses.is_dataclass(kind)]


def test_every_kind_belongs_to_the_union():
    assert set(kinds()) == set(get_args(events.Event))


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_event_is_frozen_and_its_fields_are_named(kind):
    assert kind.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(kind))
