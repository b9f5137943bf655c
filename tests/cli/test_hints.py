"""Every remedy has words on the command line."""

import pytest

from lmkit.cli.hints import HINTS
from lmkit.core.errors import Hint


@pytest.mark.parametrize("hint", Hint)
def test_every_hint_is_worded(hint):
    assert HINTS[hint]
    assert HINTS[hint][0] == HINTS[hint][0].lower()


def test_no_hint_installs_the_package_of_another_project():
    assert not any("pip install 'lmkit" in words or "lmkit[" in words for words in HINTS.values())
    assert not any("lmkit" in words.partition("pip install")[2] for words in HINTS.values())
