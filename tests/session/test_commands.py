from pathlib import Path

import pytest

from lmkit.core.errors import UnknownNameError
from lmkit.session.commands import COMMANDS, run_command


def test_force_alone_names_no_file(session):
    assert "needs the name of a file" in session.handle("/save --force").message
    assert not list(Path().glob("--force*"))


def test_what_was_saved_is_loaded_with_its_settings(session):
    session.handle("/top 3")
    session.handle("the cat")
    session.handle("/save kept.json")
    session.handle("/top 7")
    assert session.handle("/load kept.json").text == "the cat"
    assert session.settings.top == 3


def test_a_name_that_is_no_command_is_refused(session):
    with pytest.raises(UnknownNameError, match="did you mean 'save'"):
        run_command(session, "/saev x")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained_in_a_line(session, name):
    shown = session.handle(f"/help {name}").message
    assert shown.startswith(f"/{name}")
    assert len(shown) <= 80


def test_quit_leaves(session):
    assert session.handle("/quit").kind == "left"
