"""Descriptions of errors."""

from lmkit.serve.errors import ErrorAnswer
from lmkit.serve.routes.answers import ERRORS, errors


def test_every_error_has_one_shape_and_a_sentence():
    for status, described in ERRORS.items():
        assert described["model"] is ErrorAnswer
        assert described["description"].endswith(".")
        assert 400 <= status < 504


def test_some_errors_are_chosen_by_status():
    assert list(errors(401, 404)) == [401, 404]
