"""The options of `train` as typer reads them."""

import typer

from lmkit.cli.app import app
from lmkit.cli.options import LONGEST

OPTIONS = {p.name: p for p in typer.main.get_command(app).commands["train"].params}


def test_options_are_those_that_other_programs_rely_on() -> None:
    words = {word for option in OPTIONS.values() for word in (*option.opts, *option.secondary_opts)}
    assert words >= {
        *("--out", "--valid", "--preset", "--unit", "--cell", "--direction", "--minutes"),
        *("--epochs", "--seed", "--set", "--config", "--ngram", "--no-ngram", "--column"),
        *("--resume", "--force", "--json", "--quiet"),
    }


def test_only_sources_and_folder_must_be_given() -> None:
    assert {name for name, option in OPTIONS.items() if option.required} == {"sources", "out"}


def test_what_is_not_said_is_left_to_the_recipe() -> None:
    unsaid = {name for name, option in OPTIONS.items() if option.default is None}
    assert unsaid >= {
        *("valid", "preset", "unit", "cell", "direction", "minutes", "epochs"),
        *("config", "ngram"),
    }
    assert (OPTIONS["seed"].default, OPTIONS["column"].default) == (None, "text")


def test_a_budget_has_an_end() -> None:
    for name in ("minutes", "epochs"):
        check = OPTIONS[name].callback
        assert check is not None
    assert LONGEST > 60 * 24 * 365
