"""Open and closed gates, and the strongest units, counted by hand on traces written out."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.lab.gates import CLOSED, OPEN, gate_fractions, strongest_at
from lmkit.results import GateTrace, LayerTrace

INPUT = ((0.95, 0.05), (0.95, 0.5), (0.2, 0.05), (0.95, 0.05))
FORGET = ((OPEN, CLOSED),) * 4
HIDDEN = ((0.1, -0.2), (-0.9, 0.3), (0.0, 0.0), (0.5, -0.5))
CELL = ((1.0, -2.0), (-3.0, 0.5), (0.0, 0.1), (4.0, -5.0))
WORDS = ("a", "b", "c", "d")


@pytest.fixture
def trace() -> GateTrace:
    first = LayerTrace({"input": INPUT, "forget": FORGET}, HIDDEN, CELL, HIDDEN)
    second = LayerTrace({"input": INPUT[::-1]}, HIDDEN, CELL, tuple((h[0] / 2,) for h in HIDDEN))
    return GateTrace("a b c d", "lstm", WORDS, (first, second))


def test_shares_are_counted_over_the_words_for_each_unit(trace: GateTrace) -> None:
    shares = gate_fractions(trace)
    assert [(s.layer, s.gate) for s in shares] == [(1, "input"), (1, "forget"), (2, "input")]
    for found, rows in zip(shares, (INPUT, FORGET, INPUT[::-1]), strict=True):
        units = list(zip(*rows, strict=True))
        assert found.open == tuple(sum(v > OPEN for v in unit) / 4 for unit in units)
        assert found.closed == tuple(sum(v < CLOSED for v in unit) / 4 for unit in units)


def test_a_gate_just_at_a_limit_is_neither_open_nor_closed(trace: GateTrace) -> None:
    forget = gate_fractions(trace)[1]
    assert forget.open == forget.closed == (0.0, 0.0)


def test_the_order_of_the_words_does_not_matter(trace: GateTrace) -> None:
    first, _, second = gate_fractions(trace)
    assert (first.open, first.closed) == (second.open, second.closed)


def test_a_network_without_gates_has_no_shares(trace: GateTrace) -> None:
    bare = LayerTrace({}, HIDDEN, HIDDEN, HIDDEN)
    assert gate_fractions(GateTrace("a", "elman", WORDS, (bare,))) == ()


def test_the_strongest_units_of_all_layers_stand_first(trace: GateTrace) -> None:
    found = strongest_at(trace, 1)
    assert found.word == "b"
    assert [(u.layer, u.unit, u.hidden) for u in found.units] == [
        (1, 0, -0.9),
        (2, 0, -0.45),
        (1, 1, 0.3),
    ]
    assert [u.cell for u in found.units] == [-3.0, None, 0.5]


def test_units_that_are_equally_strong_keep_their_order(trace: GateTrace) -> None:
    assert [u.unit for u in strongest_at(trace, 3, k=2).units] == [0, 1]


def test_a_place_counts_from_either_end(trace: GateTrace) -> None:
    assert strongest_at(trace, -1) == strongest_at(trace, 3)
    assert strongest_at(trace, -4).word == "a"
    assert len(strongest_at(trace, 0, k=1).units) == 1


@pytest.mark.parametrize("position", [4, -5, 100])
def test_a_word_that_is_not_there_is_refused(trace: GateTrace, position: int) -> None:
    with pytest.raises(UsageError, match=f"no word {position}: the text has 4 words"):
        strongest_at(trace, position)
