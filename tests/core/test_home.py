import os
from pathlib import Path

import pytest

from lmkit.core.errors import UsageError
from lmkit.core.home import expanded, home_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="$HOME is of Unix")


def test_the_home_folder_is_the_one_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_folder() == tmp_path
    assert expanded("~") == tmp_path
    assert expanded("~/a/b.txt") == tmp_path / "a" / "b.txt"


@pytest.mark.parametrize("home", ["", "here", "."])
def test_an_empty_or_relative_home_is_none(monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    assert home_folder() is None
    with pytest.raises(UsageError, match=r"no home folder for '~/a'; write the folder out"):
        expanded("~/a")


def test_a_user_that_is_not_there_is_refused_in_words():
    with pytest.raises(UsageError, match=r"no home folder for '~nobody-of-this-name/a.txt'"):
        expanded("~nobody-of-this-name/a.txt")


@pytest.mark.parametrize("name", ["a.txt", "/a/~/b", "a~", "./~"])
def test_other_paths_are_as_they_are_written(name):
    assert expanded(name) == Path(name)
