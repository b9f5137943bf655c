"""What every answer has in common, checked for each class of the package."""

import dataclasses
import datetime
import importlib
import json
import pkgutil
import subprocess
import sys

import pytest

from lmkit import results
from lmkit.results.result import Result

MODULES = [
    importlib.import_module(f"lmkit.results.{found.name}")
    for found in pkgutil.iter_modules(results.__path__)
]


ANSWERS = sorted(
    {
        kind
        for module in MODULES
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Result) and kind is not Result
    },
    key=lambda kind: kind.__name__,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Word(Result):
    """An answer inside another."""

    word: str


@dataclasses.dataclass(frozen=True, slots=True)
class Words(Result):
    """An answer with all that answers are made of."""

    words: tuple[Word, ...]
    by_name: dict[str, tuple[float, ...]]
    nothing: Word | None


def test_answers_inside_an_answer_become_objects() -> None:
    answer = Words((Word("a"), Word("b")), {"x": (1.0, 2.0)}, None)
    assert answer.to_dict() == {
        "words": ({"word": "a"}, {"word": "b"}),
        "by_name": {"x": (1.0, 2.0)},
        "nothing": None,
    }
    assert json.loads(json.dumps(answer.to_dict())) == {
        "words": [{"word": "a"}, {"word": "b"}],
        "by_name": {"x": [1.0, 2.0]},
        "nothing": None,
    }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Named(Result):
    """An answer of named fields, one of them a list and one an answer that is none of ours."""

    values: list[list[int]]
    date: datetime.date
    inside: Words


def test_answers_turn_into_what_the_standard_library_makes_of_them() -> None:
    inside = Words((Word("a"),), {"x": (1.0,), "y": ()}, Word("b"))
    answer = Named(values=[[1], []], date=datetime.date(2020, 1, 2), inside=inside)
    found = answer.to_dict()
    assert found == dataclasses.asdict(answer)
    assert [type(value) for value in found.values()] == [list, datetime.date, dict]


def test_what_is_done_to_the_object_is_not_done_to_the_answer() -> None:
    answer = Words((), {"x": (1.0,)}, None)
    found = answer.to_dict()
    found["by_name"].clear()
    assert answer.by_name == {"x": (1.0,)}


def test_there_are_answers_in_every_module() -> None:
    assert {kind.__module__ for kind in ANSWERS} == {
        module.__name__ for module in MODULES if module.__name__ != "lmkit.results.result"
    }


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_every_answer_is_a_frozen_value_without_a_dictionary_of_its_own(
    kind: type[Result],
) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    assert kind.__dataclass_params__.eq
    assert "__slots__" in vars(kind)
    blank = object.__new__(kind)
    for name in ("anything", dataclasses.fields(kind)[0].name):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            setattr(blank, name, 1)
    assert not hasattr(blank, "__dict__")


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_no_answer_has_a_to_dict_of_its_own(kind: type[Result]) -> None:
    assert kind.to_dict is Result.to_dict


def test_the_names_of_the_package_are_those_it_lists() -> None:
    assert sorted(results.__all__) == results.__all__
    assert all(hasattr(results, name) for name in results.__all__)


def test_answers_are_known_without_torch_and_numpy() -> None:
    names = [module.__name__ for module in MODULES]
    program = f"""
import importlib, sys
for name in {names}:
    importlib.import_module(name)
assert not {{"torch", "numpy", "pydantic", "rich"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
