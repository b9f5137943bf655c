"""Perplexity per word of a text read as one stream.

A word is a piece between white space, and the end of each line counts as one more, whatever the
unit. Each position is predicted from what stands before it alone.
"""

import itertools
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lmkit.core.errors import DataError
from lmkit.core.perplexity import perplexity
from lmkit.models.base import Model
from lmkit.models.sequence import stream_log_probs
from lmkit.results import TextEvaluation
from lmkit.text.normalise import normalise_text
from lmkit.text.tokenizer import Tokenizer

_LINES = 4096  # lines cut into tokens together


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Options under which a text is read, as the answer repeats them."""

    adapt: str = "none"
    mix: str = "none"
    is_backward: bool = False  # the stream is read from its last token


def evaluate_text(
    model: Model, tokenizer: Tokenizer, lines: Iterable[str], *, reading: Reading
) -> TextEvaluation:
    """Measure the perplexity per word of a text.

    Args:
        model: The model that reads.
        tokenizer: Its tokens.
        lines: Lines without line ends.
        reading: Direction of the model, and the adapters in it.

    Returns:
        Perplexity, bits per character and counts.

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
    log_probs = stream_log_probs(model, ids, line_end_id=tokenizer.line_end_id)
    nats = -log_probs.sum().item()
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
    """A text as ids, with its lines, words, characters and unknown words counted."""

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
