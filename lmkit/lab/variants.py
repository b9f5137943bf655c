"""Comparison of cells on the same text and budget, over several seeds.

Runs take turns, seed by seed, so that a machine that slows down slows all of them. How one run is
made is a function the caller hands in: nothing here knows files or progress bars.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lmkit.core.errors import UsageError
from lmkit.nn.cells import CELLS
from lmkit.results import Trained
from lmkit.results.lab_experiments import Comparison, ComparisonRow


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a comparison: a cell, and settings of its own.

    Attributes:
        cell: A name in CELLS.
        settings: KEY=VALUE, as `--set` takes them.
    """

    cell: str
    settings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The cell, and its settings where there are any."""
        return "+".join((self.cell, *self.settings))


Train: TypeAlias = Callable[[Entry, int], Trained]  # from an entry and a seed


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run of a comparison, counted from 1 of `runs`."""

    number: int
    runs: int
    entry: Entry
    seed: int
    trained: Trained


def parse_entries(text: str) -> tuple[Entry, ...]:
    """Parse `lstm,gru`, `all`, or cells with settings: `lstm+model.hidden=128`.

    Args:
        text: Entries separated by commas; `+` adds a setting to the cell before it.

    Returns:
        The entries in the order given.
    """
    if text.strip() == "all":
        return tuple(Entry(name) for name in CELLS.names())
    entries = []
    for part in filter(None, (token.strip() for token in text.split(","))):
        cell, *settings = part.split("+")
        CELLS.get(cell)
        entries.append(Entry(cell, tuple(settings)))
    if not entries:
        raise UsageError(f"name the cells to compare, e.g. lstm,gru or all; got {text!r}")
    if len(set(entries)) < len(entries):
        raise UsageError(f"an entry is named twice in {text!r}")
    return tuple(entries)


def compare(
    entries: Sequence[Entry], seeds: Sequence[int], train: Train
) -> Iterator[Run | Comparison]:
    """Train every entry with every seed.

    Args:
        entries: What to compare.
        seeds: At least one.
        train: Makes one run.

    Yields:
        Each run when it is done, and the comparison last.
    """
    if not seeds or not entries:
        raise UsageError("a comparison needs at least one cell and one seed")
    done: dict[Entry, list[Trained]] = {entry: [] for entry in entries}
    number = 0
    for seed in seeds:
        for entry in entries:
            trained = train(entry, seed)
            done[entry].append(trained)
            number += 1
            yield Run(number, len(entries) * len(seeds), entry, seed, trained)
    compared = [_summary(entry, runs) for entry, runs in done.items()]
    yield Comparison(tuple(seeds), tuple(sorted(compared, key=lambda cell: cell.perplexity)))


def _summary(entry: Entry, runs: list[Trained]) -> ComparisonRow:
    perplexities = tuple(run.perplexity for run in runs)
    return ComparisonRow(
        cell=entry.label,
        parameters=runs[0].parameters,
        perplexity=statistics.fmean(perplexities),
        spread=statistics.stdev(perplexities) if len(runs) > 1 else 0.0,
        perplexities=perplexities,
        words_per_second=statistics.fmean(run.words_per_second for run in runs),
        words=round(statistics.fmean(run.words_per_second * run.seconds for run in runs)),
    )
