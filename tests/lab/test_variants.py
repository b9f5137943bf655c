"""Comparing cells, with runs that cost nothing."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.lab.variants import Entry, Run, compare, parse_entries
from lmkit.nn.cells import CELLS
from lmkit.results import Trained
from lmkit.results.lab_experiments import Comparison


def train(entry: Entry, seed: int) -> Trained:
    perplexity = {"lstm": 10.0, "gru": 12.0}[entry.cell] + seed
    return Trained("", 100, 1000 * seed, 10, 2.0, 500.0, perplexity, "budget")


def test_runs_take_turns_and_are_summed_up() -> None:
    events = list(compare(parse_entries("gru,lstm"), (1, 3), train))
    runs = [(e.entry.cell, e.seed) for e in events if isinstance(e, Run)]
    assert runs == [("gru", 1), ("lstm", 1), ("gru", 3), ("lstm", 3)]
    comparison = events[-1]
    assert isinstance(comparison, Comparison)
    assert [c.cell for c in comparison.cells] == ["lstm", "gru"]
    best = comparison.cells[0]
    assert (best.perplexity, best.perplexities, best.words) == (12.0, (11.0, 13.0), 1000)
    assert best.spread == pytest.approx(2**0.5)
    assert {"cell", "parameters", "perplexity", "words_per_second"} <= set(
        comparison.to_dict()["cells"][0]
    )


def test_entries_are_read() -> None:
    assert parse_entries("lstm, gru+model.hidden=8") == (
        Entry("lstm"),
        Entry("gru", ("model.hidden=8",)),
    )
    assert [entry.cell for entry in parse_entries("all")] == list(CELLS.names())
    assert parse_entries("gru+model.hidden=8")[0].label == "gru+model.hidden=8"


@pytest.mark.parametrize("wrong", ["", "lstn", "lstm,lstm"])
def test_entries_that_make_no_sense_are_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        parse_entries(wrong)


def test_a_comparison_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one"):
        list(compare((), (1,), train))
