"""Errors of one tree, with a remedy that each door words for itself."""

import pytest

from lmkit.cli.hints import HINTS
from lmkit.core.errors import (
    DataError,
    Hint,
    LmkitError,
    MissingExtraError,
    ModelError,
    UnknownNameError,
    UsageError,
    unknown_name,
)


def test_every_error_is_of_one_tree_with_an_exit_code():
    codes = {LmkitError: 1, UsageError: 2, UnknownNameError: 2, ModelError: 3, DataError: 4}
    for kind, code in {**codes, MissingExtraError: 1}.items():
        assert issubclass(kind, LmkitError)
        assert kind("x").exit_code == code


def test_a_message_stands_alone_for_a_python_caller():
    error = ModelError("no model folder at m", hint=Hint.TRAIN)
    assert str(error) == "no model folder at m"
    assert error.hint is Hint.TRAIN
    assert LmkitError("x").hint is None


def test_a_door_adds_the_remedy_in_its_own_words():
    error = ModelError("no model folder at m", hint=Hint.TRAIN)
    assert error.told({Hint.TRAIN: "POST /v1/train"}) == "no model folder at m; POST /v1/train"
    assert error.told({}) == str(error)
    assert ModelError("damaged").told({Hint.TRAIN: "x"}) == "damaged"


def test_the_command_line_has_words_for_every_hint():
    assert set(HINTS) == set(Hint)
    assert not any("lmkit[" in words for words in HINTS.values())


@pytest.mark.parametrize(
    ("given", "expected"),
    [("lstn", "lstm"), ("gr", "gru"), ("LSTM-2", "lstm"), ("layer", "layernorm")],
)
def test_the_nearest_name_is_told(given, expected):
    error = unknown_name("cell", given, ["lstm", "gru", "layernorm"])
    assert f"did you mean {expected!r}?" in str(error)
    assert "choose from gru, layernorm, lstm" in str(error)


def test_where_no_name_is_near_all_are_told():
    error = unknown_name("cell", "zzz", ["lstm", "gru"])
    assert "did you mean" not in str(error)
    assert "choose from gru, lstm" in str(error)
