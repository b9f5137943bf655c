"""Comparison of cells: each is trained with the same settings, in turn, seed by seed."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lmkit.core.errors import UsageError
from lmkit.lab.variants import Entry, Run, compare, parse_entries
from lmkit.recipes.pipeline import train_language_model
from lmkit.recipes.request import TrainRequest
from lmkit.results import Trained
from lmkit.results.lab_experiments import Comparison

DEFAULT_EPOCHS = 1.0  # where neither minutes nor epochs are given


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest:
    """The cells to train side by side, and the text, budget and settings that they share.

    Attributes:
        source: The training text, as `TrainRequest` takes it.
        cells: Cells separated by commas, or "all"; `gru+model.hidden=64` sets a value for one.
        minutes: Training time of each run; None where epochs say how long.
        epochs: Passes through the text in place of minutes; one where neither is given.
        seeds: Number of runs for each cell.
        seed: The first seed; the others follow it.
        valid: The validation text; the tail of the source where it is None.
        column: Column, key or path of the text in tables.
        preset: Name of a preset for all of them.
        settings: KEY=VALUE for all of them.
    """

    source: str
    cells: str = "lstm,gru,elman"
    minutes: float | None = None
    epochs: float | None = None
    seeds: int = 1
    seed: int = 0
    valid: str | None = None
    column: str = "text"
    preset: str | None = None
    settings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.minutes is not None and self.epochs is not None:
            raise UsageError("give either --minutes or --epochs, not both")
        if self.seeds < 1:
            raise UsageError(f"a comparison needs at least one seed, got {self.seeds}")

    def training(self, entry: Entry, seed: int, out: Path) -> TrainRequest:
        """Return the request of one run.

        Args:
            entry: The cell, and its own settings, which count after those of all.
            seed: The seed of the run.
            out: The model folder to write.
        """
        epochs = DEFAULT_EPOCHS if self.minutes is None and self.epochs is None else self.epochs
        return TrainRequest(
            sources=(self.source,),
            out=out,
            valid=self.valid,
            column=self.column,
            preset=self.preset,
            cell=entry.cell,
            minutes=self.minutes,
            epochs=epochs,
            seed=seed,
            settings=(*self.settings, *entry.settings),
            ngram=False,
            precision="float32",  # of every cell: bfloat16 is for the usual one alone
        )


def compare_cells(request: CompareRequest) -> Iterator[Run | Comparison]:
    """Train every cell with every seed; the models themselves are thrown away.

    Args:
        request: What to compare, on which text and for how long.

    Yields:
        Each run when it is done, and the comparison last.

    Raises:
        UsageError: If a cell or a setting is unknown.
        DataError: If the text is missing, empty or unreadable.
    """

    def train(entry: Entry, seed: int) -> Trained:
        with tempfile.TemporaryDirectory() as folder:
            events = train_language_model(request.training(entry, seed, Path(folder) / "model"))
            (trained,) = [event for event in events if isinstance(event, Trained)]
        return trained

    seeds = range(request.seed, request.seed + request.seeds)
    yield from compare(parse_entries(request.cells), seeds, train)
