"""Memory tasks: an input at the beginning decides the answer at the end.

Copying and adding after Hochreiter and Schmidhuber 1997; agreement is the verb that must agree
with its subject across other nouns (Linzen, Dupoux and Goldberg 2016). Nothing but the distance
makes them hard.
"""

import statistics
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.core.errors import UsageError, unknown_name
from lmkit.core.seeding import make_generator
from lmkit.data.grammar.lexicon import (
    ADJECTIVES,
    ADVERBS,
    ATTRACTORS,
    PREPOSITIONS,
    SUBJECTS,
    Word,
)
from lmkit.data.grammar.pairs import agreement_pairs
from lmkit.nn.linear import Linear
from lmkit.nn.recurrent import Recurrent, RecurrentConfig
from lmkit.results.lab_experiments import TaskReach, TaskScore


class Task(ABC):
    """A memory task: inputs, and an answer due after the last of them.

    Attributes:
        name: As one asks for it.
        inputs: Width of an input.
        outputs: Width of an answer.
        passed: The score from which the task counts as learned.
        chance: The score of one who knows nothing.
    """

    name: ClassVar[str]
    inputs: ClassVar[int]
    outputs: ClassVar[int]
    passed: ClassVar[float] = 0.9
    chance: ClassVar[float]

    @abstractmethod
    def draw(self, distance: int, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return inputs (distance + 1, batch, inputs) and answers (batch,)."""

    def loss(self, answer: Tensor, wanted: Tensor) -> Tensor:
        """Return the loss of answers (batch, outputs), in nats."""
        return functional.cross_entropy(answer, wanted)

    def score(self, answer: Tensor, wanted: Tensor) -> float:
        """Return the score of answers: 1 is perfect, 0 or chance level is nothing learned."""
        return (answer.argmax(-1) == wanted).float().mean().item()


class Copying(Task):
    """Copying: name the first of a row of symbols after `distance` distracting ones."""

    name = "copying"
    inputs = 9
    outputs = 8
    chance = 1 / 8

    @override
    def draw(self, distance: int, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        symbols = torch.randint(8, (distance + 1, batch), generator=generator)
        x = functional.one_hot(symbols, 9).float()
        x[0, :, 8] = 1  # marks the symbol to name
        return x, symbols[0]


class Adding(Task):
    """Adding: the sum of two marked numbers, one in the first step and one later."""

    name = "adding"
    inputs = 2
    outputs = 1
    chance = 0.0

    @override
    def draw(self, distance: int, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        values = torch.rand(distance + 1, batch, generator=generator)
        # the second marked number stands in the later half
        later = torch.randint((distance + 1) // 2, distance + 1, (batch,), generator=generator)
        later = later.clamp(min=1)
        marks = functional.one_hot(later, distance + 1).T.float()
        marks[0] = 1
        return torch.stack((values, marks), dim=-1), (values * marks).sum(0)

    @override
    def loss(self, answer: Tensor, wanted: Tensor) -> Tensor:
        return functional.mse_loss(answer[:, 0], wanted)

    @override
    def score(self, answer: Tensor, wanted: Tensor) -> float:
        # the explained fraction of the variance
        wrong = functional.mse_loss(answer[:, 0], wanted) / wanted.var(correction=0)
        return max(0.0, 1 - wrong.item())


class Agreement(Task):
    """Agreement: the verb form that follows a subject after words with other nouns."""

    name = "agreement"
    outputs = 2  # singular, plural
    chance = 1 / 2

    _nouns: ClassVar[tuple[Word, ...]] = (*SUBJECTS, *ATTRACTORS)
    _plurals: ClassVar[frozenset[str]] = frozenset(noun.plural for noun in _nouns)
    _words: ClassVar[dict[str, int]] = {
        word: number
        for number, word in enumerate(
            dict.fromkeys(
                [form for noun in _nouns for form in (noun.singular, noun.plural)]
                + [
                    "the",
                    *PREPOSITIONS,
                    *ADJECTIVES,
                    *(word for words in ADVERBS for word in words),
                ]
            )
        )
    }
    inputs = len(_words)

    @override
    def draw(self, distance: int, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        seed = int(torch.randint(2**31, (), generator=generator))
        prefixes = [pair.prefix.split()[1:] for pair in agreement_pairs(distance, batch, seed=seed)]
        ids = torch.tensor([[self._words[word] for word in prefix] for prefix in prefixes])
        plural = torch.tensor([int(prefix[0] in self._plurals) for prefix in prefixes])
        return functional.one_hot(ids.T, self.inputs).float(), plural


TASKS: dict[str, type[Task]] = {task.name: task for task in (Copying, Adding, Agreement)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnConfig:
    """Settings for learning a task."""

    hidden: int = 32  # units of its one layer
    steps: int = 300
    batch: int = 32
    learning_rate: float = 5e-3
    clip: float = 1.0  # largest norm of the gradient; 0: none
    forget_bias: float | None = None  # where gates that keep the state begin; None: as the cell has
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.hidden, self.steps, self.batch) < 1:
            raise UsageError(f"hidden, steps and batch must be at least 1, got {self}")


class Reader(nn.Module):
    """A network with one recurrent layer and an answer from its last output."""

    def __init__(self, cell: str, task: Task, config: LearnConfig) -> None:
        super().__init__()
        shape = RecurrentConfig(cell=cell, input=task.inputs, hidden=(config.hidden,))
        generator = make_generator(config.seed)
        self.recurrent = Recurrent(shape)
        self.recurrent.initialise(generator)
        if config.forget_bias is not None:
            self.recurrent.cells[0].set_forget_bias(config.forget_bias)
        self.answer = Linear(self.recurrent.output_size, task.outputs)
        bound = self.recurrent.output_size**-0.5
        nn.init.uniform_(self.answer.weight, -bound, bound, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return answers (batch, outputs) to inputs (time, batch, inputs)."""
        outputs, _ = self.recurrent(x, self.recurrent.start(x.shape[1]))
        answers: Tensor = self.answer(outputs[-1])
        return answers


def task_named(name: str) -> Task:
    """Return a task by its name."""
    if name not in TASKS:
        raise unknown_name("task", name, TASKS)
    return TASKS[name]()


def learn(reader: Reader, task: Task, distance: int, config: LearnConfig) -> float:
    """Train a reader on a task at one distance and return its score on fresh examples."""
    generator = make_generator(config.seed + 1)
    optimizer = torch.optim.Adam(reader.parameters(), lr=config.learning_rate)
    for _ in range(config.steps):
        x, wanted = task.draw(distance, config.batch, generator)
        optimizer.zero_grad()
        torch.autograd.backward(task.loss(reader(x), wanted))
        if config.clip:
            nn.utils.clip_grad_norm_(reader.parameters(), config.clip)
        optimizer.step()
    x, wanted = task.draw(distance, 512, generator)
    with torch.no_grad():
        return task.score(reader(x), wanted)


def learn_at_distances(
    name: str,
    cells: tuple[str, ...],
    distances: tuple[int, ...],
    config: LearnConfig,
    *,
    seeds: int = 1,
) -> Iterator[TaskScore]:
    """Train every cell at every distance, and yield each result as it comes.

    Args:
        name: The task.
        cells: Names of cells.
        distances: How many steps lie between what is shown and the question; at least 2.
        config: How to learn; the first seed.
        seeds: How often to learn anew, each time with the next seed.
    """
    if min(distances, default=0) < 2:
        raise UsageError("distances must be at least 2")
    task = task_named(name)
    for cell in cells:
        for distance in distances:
            scores = [
                learn(Reader(cell, task, each), task, distance, each)
                for each in (replace(config, seed=config.seed + n) for n in range(seeds))
            ]
            score = statistics.median(scores)
            yield TaskScore(cell, distance, score, score >= task.passed, tuple(scores))


def task_reach(
    name: str,
    cells: tuple[str, ...],
    distances: tuple[int, ...],
    config: LearnConfig,
    *,
    seeds: int = 1,
) -> TaskReach:
    """Train every cell at every distance and return all results."""
    results = tuple(learn_at_distances(name, cells, distances, config, seeds=seeds))
    task = task_named(name)
    return TaskReach(name, task.passed, task.chance, config.steps, results)
