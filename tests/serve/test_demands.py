"""Demands are values that strands yield."""

from lmkit.core.errors import LmkitError
from lmkit.serve.demands import Alone, More, Score, StrandCancelledError, StrandFailedError


def test_a_score_is_of_single_lines_unless_it_says_otherwise(asked):
    demand = Score(asked.variant(), ("a", "b"))
    assert demand.context == "line"


def test_demands_without_content_are_equal():
    assert More() == More()
    assert Alone() == Alone()


def test_a_fault_is_an_error_of_lmkit_and_a_cancellation_is_none():
    assert issubclass(StrandFailedError, LmkitError)
    assert not issubclass(StrandCancelledError, LmkitError)
