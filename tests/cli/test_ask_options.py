"""The options of the asking commands as typer reads them, and how their values are read."""

import pytest
import typer

from lmkit.cli.app import app
from lmkit.cli.ask_options import listed_words, shortest_and_longest, words_of_file
from lmkit.core.errors import UsageError

COMMANDS = typer.main.get_command(app).commands


def words_of(command):
    return {word for option in COMMANDS[command].params for word in option.opts}


def test_options_are_those_that_other_programs_rely_on() -> None:
    assert words_of("fill") >= {"--choices", "--exact", "--words", "--avoid", "--why"}
    assert words_of("repl") >= {"--seed", "--personal", "--json"}


@pytest.mark.parametrize("command", ["next", "complete", "fill"])
def test_the_text_may_be_left_to_standard_input(command) -> None:
    (text,) = (option for option in COMMANDS[command].params if option.name == "text")
    assert (text.metavar, text.required) == ("TEXT", False)


def test_choices_have_commas_between_them() -> None:
    assert listed_words("tea, coffee,,sand ") == ["tea", "coffee", "sand"]
    with pytest.raises(UsageError, match="contains no word"):
        listed_words(" , ")


@pytest.mark.parametrize(("words", "read"), [("2", (2, 2)), ("1-3", (1, 3))])
def test_a_length_is_a_number_or_a_range(words, read) -> None:
    assert shortest_and_longest(words) == read


@pytest.mark.parametrize("words", ["many", "", "1-many"])
def test_a_length_that_is_no_number_is_refused(words) -> None:
    with pytest.raises(UsageError, match="cannot read --words"):
        shortest_and_longest(words)


def test_words_to_avoid_are_those_of_all_lines(tmp_path) -> None:
    (tmp_path / "avoid.txt").write_text("cat dog\n\nmat\n")
    assert words_of_file(tmp_path / "avoid.txt", "text", quiet=True) == {"cat", "dog", "mat"}


def test_words_to_avoid_are_read_from_a_table_and_from_any_encoding(tmp_path, capsys) -> None:
    (tmp_path / "avoid.csv").write_bytes("id;word\n1;naïve\n2;café\n".encode("cp1252"))
    assert words_of_file(tmp_path / "avoid.csv", "word", quiet=False) == {"naïve", "café"}
    assert "it was read as cp1252" in capsys.readouterr().err
