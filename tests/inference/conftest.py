"""A next-word model slow and clear enough to trust: a table of what follows what."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import Prediction
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = [
    "the cat sat on the mat",
    "the dog sat on the log",
    "a cat saw the dog , and the dog saw a cat",
    "an apple a day , said the cat",
    "the old dog sat",
]


class TablePrediction(Prediction):
    def __init__(self, rows: Tensor) -> None:
        self._rows = rows

    def log_probs(self) -> Tensor:
        return self._rows

    def log_prob_of(self, ids: Tensor) -> Tensor:
        return self._rows.gather(-1, ids[..., None])[..., 0]

    def last(self) -> "TablePrediction":
        return TablePrediction(self._rows[:, -1:])


class TableModel:
    """Predicts from the last two ids; the state is the id before the last."""

    def __init__(self, vocab_size: int, seed: int, *, spread: float = 2.0) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.vocab_size = vocab_size
        scores = torch.randn(2, vocab_size, vocab_size, generator=generator) * spread
        self._last, self._before = scores

    def start(self, batch: int) -> Tensor:
        return torch.zeros(batch, dtype=torch.long)

    def read(self, ids: Tensor, state: Tensor) -> tuple[TablePrediction, Tensor]:
        before = torch.cat([state[:, None], ids[:, :-1]], 1)
        rows = self._last[ids] + 0.5 * self._before[before]
        return TablePrediction(torch.log_softmax(rows, -1)), ids[:, -1].clone()

    def select(self, state: Tensor, rows: Tensor | Sequence[int]) -> Tensor:
        return state[torch.as_tensor(rows, dtype=torch.long)]

    def join(self, states: Sequence[Tensor]) -> Tensor:
        return torch.cat(list(states))

    def log_prob(self, ids: Sequence[int]) -> float:
        """The same the slow way: one id after another."""
        total, before = 0.0, 0
        for last, after in itertools.pairwise(ids):
            row = torch.log_softmax(self._last[last] + 0.5 * self._before[before], -1)
            total += float(row[after])
            before = last
        return total


@dataclass(frozen=True)
class World:
    """A model and the words it knows."""

    model: TableModel
    backward: TableModel
    vocabulary: Vocabulary

    @property
    def tokenizer(self) -> Tokenizer:
        return self.vocabulary.tokenizer

    @property
    def words(self) -> set[str]:
        """The words of the text that the units were learned from."""
        return {word for line in LINES for word in line.split() if word.isalpha()}

    def log_prob(self, text: str) -> float:
        """Log-probability of a line, its end not counted."""
        return self.model.log_prob([self.vocabulary.line_end_id, *self.tokenizer.encode(text)])

    def backward_log_prob(self, text: str) -> float:
        ids = self.tokenizer.encode(text)[::-1]
        return self.backward.log_prob([self.vocabulary.line_end_id, *ids])


def make_world(unit: str, split: str = "auto", lines: Sequence[str] = LINES) -> World:
    tokenizer = Tokenizer.train(
        lines, TokenizerConfig(unit=unit, split=split, vocab_size=290 if unit[1:] != "ord" else 0)
    )
    size = tokenizer.vocab_size
    return World(TableModel(size, 1), TableModel(size, 2), Vocabulary(tokenizer))


@pytest.fixture(scope="session")
def build_world() -> Callable[..., World]:
    """Make a world of a unit, a split and lines."""
    return make_world


@pytest.fixture(scope="session")
def world() -> World:
    """Whole words."""
    return make_world("word")


@pytest.fixture(scope="session")
def world_of_names() -> World:
    """Whole words, some with a capital."""
    return make_world("word", lines=["Mary saw London", "the market of London", "a cat saw Mary"])


@pytest.fixture(scope="session", params=["word", "bpe", "unigram", "char"])
def any_world(request: pytest.FixtureRequest) -> World:
    """Every unit in turn."""
    return make_world(request.param)


PUNCTUATED = [
    "the cat sat, on the mat.",
    "a dog (old) saw the-cat, and sat!",
    "the cat's mat; a dog's log.",
    "早上 天气 the cat",
]


@pytest.fixture(scope="session", params=["word", "bpe", "unigram", "char"])
def punctuated_world(request: pytest.FixtureRequest) -> World:
    """Every unit in turn, where punctuation sticks to the words."""
    return make_world(request.param, split="punctuation", lines=PUNCTUATED)


@pytest.fixture(scope="session", name="make_world")
def make_world_fixture() -> Callable[..., World]:
    """Make the world of a unit, a split and lines of its own."""
    return make_world
