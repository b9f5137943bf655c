"""Timing of asking a model: the next word, generation, filling, scoring.

Beside what the machine could do: a next word must at least fetch every weight from memory once, and
a scored word costs two operations a weight. Knows no texts: it asks about the words it is given.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from lmkit.archive.build import build_model
from lmkit.archive.folder import Archive
from lmkit.archive.options import ALONE, ModelOptions
from lmkit.bench.machine import Clock, milliseconds
from lmkit.inference.context import extend, read_context
from lmkit.inference.generate import GenerateConfig
from lmkit.language_model import LanguageModel
from lmkit.results import Score
from lmkit.results.bench import (
    FillingFigures,
    GenerationFigures,
    Machine,
    NextWordFigures,
    ScoringFigures,
)

TOP = 5  # words wanted after each
TOGETHER = 16  # texts generated side by side
LEFT, RIGHT = 8, 8  # words around a blank
LINE = 20  # words of a scored line
BYTES = {"float": 4, "int8": 1}  # of a weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Settings of a measurement."""

    words: int = 200  # asked for, and generated
    scored: int = 2_000  # words
    fills: int = 5  # blanks
    clock: Clock = time.perf_counter
    weights: str = "float"  # how weights are multiplied: float or int8

    @property
    def options(self) -> ModelOptions:
        """The network alone: what is fitted around it has a cost of its own."""
        precision = "float32" if self.weights == "float" else self.weights
        return ModelOptions(adapters=ALONE, precision=precision)


class Asking:
    """A model whose answers are timed.

    Attributes:
        model: Who answers.
        words: What it is asked about.
        effort: How long.
    """

    def __init__(
        self, archive: Archive, words: Sequence[str], *, effort: Effort, machine: Machine
    ) -> None:
        """Prepare a model.

        Args:
            archive: Holds it.
            words: As many as the effort wants.
            effort: How long to measure, and how.
            machine: As it was measured.
        """
        self.model = LanguageModel(archive, effort.options)
        self.words = words
        self.effort = effort
        self._archive = archive
        self._machine = machine

    def next_word(self) -> NextWordFigures:
        """Measure the next word."""
        taken = self._one_word_more()
        median = statistics.median(taken)
        fetched = BYTES[self.effort.weights] * self._archive.network.parameter_count()
        least = fetched / (self._machine.copy_gb_per_second * 1e9)
        return NextWordFigures(
            p50_ms=median, p95_ms=percentile_95(taken), bandwidth_share=1000 * least / median
        )

    def generation(self) -> GenerationFigures:
        """Measure generation."""
        return GenerationFigures(
            words_per_second=self._written(samples=1),
            together_words_per_second=self._written(samples=TOGETHER),
        )

    def filling(self) -> FillingFigures:
        """Measure filling by shortlist."""
        taken = self.milliseconds([partial(self.model.fill, text) for text in self.blanks()])
        return FillingFigures(p50_ms=statistics.median(taken))

    def scoring(self) -> ScoringFigures:
        """Measure scoring."""
        document = self.words_per_second(partial(self._score, context="document"))
        operations = 2 * self._archive.network.parameter_count() * document
        return ScoringFigures(
            words_per_second=document,
            lines_words_per_second=self.words_per_second(partial(self._score, context="line")),
            matrix_product_share=operations / (self._machine.gflops * 1e9),
        )

    def blanks(self) -> list[str]:
        """Return texts with a blank."""
        return [_with_blank(self.words, start=37 * i) for i in range(self.effort.fills)]

    def lines(self) -> list[str]:
        """Return the words to score, as lines."""
        scored = self.words[: self.effort.scored]
        return [" ".join(scored[i : i + LINE]) for i in range(0, len(scored), LINE)]

    def milliseconds(self, calls: Sequence[Callable[[], object]]) -> list[float]:
        """Return the milliseconds of each call, after one to warm up."""
        return milliseconds(calls, clock=self.effort.clock)

    def words_per_second(self, read: Callable[[], object]) -> float:
        """Return the rate of a call that reads all the lines."""
        return 1000 * self.effort.scored / self.milliseconds([read])[0]

    def _score(self, *, context: str) -> list[Score]:
        return list(self.model.score_lines(self.lines(), context=context))

    def _one_word_more(self) -> list[float]:
        """Return the milliseconds from each word to the five likeliest after it."""
        reader = build_model(self._archive, self.effort.options).only()
        tokenizer, clock = self._archive.tokenizer, self.effort.clock
        context = read_context(reader, [], line_end_id=tokenizer.line_end_id)
        taken = []
        for ids in tokenizer.encode_lines(list(self.words[: self.effort.words])):
            began = clock()
            context = extend(reader, context, ids)
            context.log_probs.topk(TOP)
            taken.append(1000 * (clock() - began))
        return taken[len(taken) // 10 :]  # the first warm up

    def _written(self, *, samples: int) -> float:
        """Return the words written a second, the median of three."""
        rates = []
        for seed in range(3):
            config = GenerateConfig(words=self.effort.words, samples=samples, seed=seed)
            began = self.effort.clock()
            texts = self.model.generate_samples("", config)
            rates.append(sum(text.words for text in texts) / (self.effort.clock() - began))
        return statistics.median(rates)


def percentile_95(values: Sequence[float]) -> float:
    """Return the value that one in twenty exceeds."""
    return statistics.quantiles(values, n=20)[-1]


def _with_blank(words: Sequence[str], *, start: int) -> str:
    chosen = [words[(start + i) % len(words)] for i in range(LEFT + RIGHT)]
    return " ".join([*chosen[:LEFT], "___", *chosen[LEFT:]])
