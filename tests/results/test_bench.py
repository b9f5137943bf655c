"""Figures of this machine, each under its name."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from lmkit.results.bench import (
    FillingFigures,
    GenerationFigures,
    Machine,
    NextWordFigures,
    ScoringFigures,
    Subject,
    TrainingFigures,
)

KINDS = [
    Subject,
    Machine,
    TrainingFigures,
    NextWordFigures,
    GenerationFigures,
    FillingFigures,
    ScoringFigures,
]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json.md"
(ROW,) = re.findall(r"^\| `bench` \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
FIELDS = {
    name: set(re.findall(r"`(\w+)`", inner))
    for name, inner in re.findall(r"`(\w+)` \{(.*?)\}", ROW)
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_fields_are_those_of_the_page(kind: type) -> None:
    assert {field.name for field in fields(kind)} == FIELDS[kind.name]


def test_every_name_of_the_page_is_measured() -> None:
    assert {kind.name for kind in KINDS} == set(FIELDS)


def test_the_name_is_no_field() -> None:
    assert Subject(source="1x8x60", parameters=5).to_dict() == {
        "source": "1x8x60",
        "parameters": 5,
    }


def test_figures_are_given_by_name_alone() -> None:
    with pytest.raises(TypeError, match="positional"):
        FillingFigures(1.0)
