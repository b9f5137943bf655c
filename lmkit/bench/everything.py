"""All benchmark figures of a machine, one after the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from lmkit.archive.folder import Archive, load_archive
from lmkit.bench.asking import Asking, Effort
from lmkit.bench.machine import measure_machine
from lmkit.bench.training import measure_training
from lmkit.bench.untrained import Size, sample_words, untrained_archive
from lmkit.results.bench import (
    FillingFigures,
    GenerationFigures,
    Machine,
    NextWordFigures,
    ScoringFigures,
    Subject,
    TrainingFigures,
)

Figures: TypeAlias = (
    Machine
    | Subject
    | TrainingFigures
    | NextWordFigures
    | GenerationFigures
    | FillingFigures
    | ScoringFigures
)


def measure_everything(
    subject: Size | Path, *, effort: Effort | None = None, seed: int = 0
) -> Iterator[Figures]:
    """Measure the machine, then training and asking.

    Args:
        subject: The size of an untrained model; or the folder of a model, which is asked alone.
        effort: How long asking is measured.
        seed: For weights and words.

    Yields:
        The figures, each kind once, as they are found.
    """
    effort = effort or Effort()
    archive = _archive(subject, seed)
    yield Subject(source=str(subject), parameters=archive.network.parameter_count())
    machine = measure_machine(clock=effort.clock)
    yield machine
    if isinstance(subject, Size):
        yield measure_training(subject.config(), seed=seed)
    words = sample_words(archive, [], max(effort.scored, effort.words), seed=seed)
    asking = Asking(archive, words, effort=effort, machine=machine)
    for measure in (asking.next_word, asking.generation, asking.filling, asking.scoring):
        yield measure()


def _archive(subject: Size | Path, seed: int) -> Archive:
    return (
        untrained_archive(subject, seed=seed)
        if isinstance(subject, Size)
        else load_archive(subject)
    )
