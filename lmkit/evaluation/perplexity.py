"""Perplexity per word of a text read as one stream.

A word is a token between white space, and the end of each line counts as one more, whatever the
unit. Each position is predicted from what stands before it alone.
"""

import itertools
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from lmkit.core.errors import DataError
from lmkit.models.base import Model
from lmkit.results import TextEvaluation
from lmkit.text.normalise import normalise_text
from lmkit.text.tokenizer import Tokenizer

WINDOW = 256  # positions read in one call
_LINES = 4096  # lines cut into tokens together
_LARGEST = 700.0  # nats a word; more would not fit a float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a text is read, as the answer repeats it."""

    adapt: str = "none"
    mix: str = "none"
    is_backward: bool = False  # the stream is read from its last token


def stream_nats(
    model: Model,
    ids: npt.NDArray[np.integer] | Sequence[int],
    *,
    line_end_id: int,
    window: int = WINDOW,
) -> float:
    """Return the surprise of a whole stream of ids, the state carried from window to window.

    Args:
        model: Who reads.
        ids: Lines, each closed by the line end, shape (ids,).
        line_end_id: What is read before the first id.
        window: Positions read in one call.

    Returns:
        Sum of the negative log-likelihoods (nats).
    """
    targets = np.asarray(ids)
    state = model.start(1)
    nats, before = 0.0, line_end_id
    for start in range(0, len(targets), window):
        wanted = torch.from_numpy(targets[start : start + window].astype(np.int64))[None]
        read = torch.cat([torch.tensor([[before]]), wanted[:, :-1]], dim=1)
        prediction, state = model.read(read, state)
        nats -= prediction.log_prob_of(wanted).double().sum().item()
        before = int(wanted[0, -1])
    return nats


def perplexity(nats: float, words: int) -> float:
    """Return exp(nats / words), kept finite."""
    return math.exp(min(nats / max(1, words), _LARGEST))


def evaluate_text(
    model: Model, tokenizer: Tokenizer, lines: Iterable[str], *, reading: Reading
) -> TextEvaluation:
    """Measure how well a model predicts a text.

    Args:
        model: Who reads.
        tokenizer: Its tokens.
        lines: Lines without line ends.
        reading: How it is read.

    Returns:
        The figures.

    Raises:
        DataError: If there is no line.
    """
    started = time.perf_counter()
    text = _Counted.of(tokenizer, lines)
    if not text.lines:
        raise DataError("there is no text to evaluate; give a file with at least one line")
    ids = text.ids[:-1][::-1] if reading.is_backward else text.ids
    if reading.is_backward:
        ids = np.append(ids, tokenizer.line_end_id)
    nats = stream_nats(model, ids, line_end_id=tokenizer.line_end_id)
    return TextEvaluation(
        words=text.words,
        tokens=len(text.ids),
        perplexity=perplexity(nats, text.words),
        bits_per_character=nats / math.log(2) / text.characters,
        unknown_words=text.unknown_words,
        seconds=time.perf_counter() - started,
        adapt=reading.adapt,
        mix=reading.mix,
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """A text as ids, and what it counts."""

    ids: npt.NDArray[np.int64]
    lines: int
    words: int
    characters: int  # line ends included
    unknown_words: int

    @classmethod
    def of(cls, tokenizer: Tokenizer, lines: Iterable[str]) -> "_Counted":
        parts: list[npt.NDArray[np.int64]] = []
        count = words = characters = unknown = 0
        for block in _blocks(map(normalise_text, lines)):
            for line, ids in zip(block, tokenizer.encode_lines(block), strict=True):
                parts.append(np.array([*ids, tokenizer.line_end_id], dtype=np.int64))
                words += len(line.split()) + 1
                characters += len(line) + 1
                unknown += _unknown_words(tokenizer, line, ids)
            count += len(block)
        joined = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        return cls(joined, count, words, characters, unknown)


def _unknown_words(tokenizer: Tokenizer, line: str, ids: Sequence[int]) -> int:
    """Count the words of a line that have an unknown token."""
    unknown = tokenizer.unknown_id
    if unknown is None or unknown not in ids:
        return 0
    return sum(unknown in tokens for tokens in tokenizer.encode_words(line))


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(lines)
    while block := list(itertools.islice(rest, _LINES)):
        yield block
