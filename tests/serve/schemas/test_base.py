"""Fields that bodies share."""

import pytest
from pydantic import ValidationError

from lmkit.inference.sampling import SamplingConfig
from lmkit.serve.schemas.base import ModelFields, SamplingFields


@pytest.mark.parametrize(
    "fields",
    [{"other": 1}, {"alone": 1}, {"alone": "true"}, {"model": 5}, {"precision": "half"},
     {"adapters": "cache"}, {"adapt": ["cache"]}],
)  # fmt: skip
def test_unknown_fields_and_other_kinds_are_refused(fields):
    with pytest.raises(ValidationError):
        ModelFields(**fields)


def test_no_setting_of_the_draw_is_none():
    assert SamplingFields().sampling() is None
    assert SamplingFields(temperature=None, top_k=None).sampling() is None


def test_settings_of_the_draw_are_those_given():
    found = SamplingFields(temperature=0.5, top_k=3, min_p=0.1, repetition=1.2, no_repeat=2)
    assert found.sampling() == SamplingConfig(
        temperature=0.5, top_k=3, min_p=0.1, repetition=1.2, no_repeat=2
    )


def test_whole_numbers_are_numbers_and_the_other_way_not():
    assert SamplingFields(temperature=1).sampling() == SamplingConfig(temperature=1.0)
    with pytest.raises(ValidationError):
        SamplingFields(top_k=1.5)


def test_a_mass_of_0_is_the_smallest():
    assert SamplingFields(top_p=0).sampling().top_p == 1e-9


@pytest.mark.parametrize(
    "fields",
    [{"temperature": float("nan")}, {"temperature": float("inf")}, {"temperature": 101},
     {"top_p": 1.1}, {"typical": 0}, {"repetition": 0.5}, {"no_repeat": -1}],
)  # fmt: skip
def test_values_out_of_range_are_refused(fields):
    with pytest.raises(ValidationError):
        SamplingFields(**fields)
