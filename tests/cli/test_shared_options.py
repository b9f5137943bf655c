"""Options that commands share: where they stand, and the value that a command gets of them."""

import inspect
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from lmkit.cli.shared_options import REQUIRED, with_options

Name = Annotated[str, typer.Argument(metavar="NAME")]
Loud = Annotated[bool, typer.Option("--loud")]
Times = Annotated[int, typer.Option(min=1)]
OPTIONS = {"name": (Name, REQUIRED), "loud": (Loud, False)}


@pytest.fixture
def said():
    return []


@pytest.fixture
def greet(said):
    @with_options("greeting", OPTIONS, dict)
    def command(greeting: dict[str, object], times: Times = 1) -> None:
        """Greet somebody.

        Examples:
          greet Ada
        """
        said.append((greeting, times))

    return command


def test_required_options_come_before_those_of_the_command_and_others_after(greet):
    assert list(inspect.signature(greet).parameters) == ["name", "times", "loud"]
    assert greet.__annotations__["times"] == Times


def test_a_command_gets_one_value_of_its_shared_options(greet, said):
    greet(name="Ada", times=2, loud=True)
    greet(name="Grace")
    assert said == [({"name": "Ada", "loud": True}, 2), ({"name": "Grace", "loud": False}, 1)]


def test_an_option_left_out_that_has_no_default_is_an_error(greet):
    with pytest.raises(TypeError, match="name"):
        greet(times=2)


def test_a_command_may_share_options_of_two_kinds(said):
    @with_options("second", {"deep": (Loud, True)}, dict)
    @with_options("first", OPTIONS, dict)
    def command(first: dict[str, object], second: dict[str, object]) -> None:
        said.append((first, second))

    assert list(inspect.signature(command).parameters) == ["name", "loud", "deep"]
    command(name="Ada", deep=False)
    assert said == [({"name": "Ada", "loud": False}, {"deep": False})]


def test_typer_finds_the_options_and_the_help(greet, said):
    app = typer.Typer(add_completion=False)
    app.command()(greet)
    runner = CliRunner()
    assert runner.invoke(app, ["Ada", "--loud", "--times", "3"]).exit_code == 0
    assert said == [({"name": "Ada", "loud": True}, 3)]
    shown = runner.invoke(app, ["--help"]).output
    assert "Greet somebody." in shown
    assert "--loud" in shown
    assert runner.invoke(app, ["Ada", "--times", "0"]).exit_code == 2
