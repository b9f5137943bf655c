"""Continuations that a task of the harness asks for: so many tokens at most, up to a stop string.

Knows nothing of the harness.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from lmkit.inference.context import read_context
from lmkit.inference.engine import Engine, Request
from lmkit.inference.generate import banned_tokens
from lmkit.inference.sampling import SamplingConfig
from lmkit.inference.text_stream import TextStream
from lmkit.inference.vocabulary import Vocabulary
from lmkit.inference.writable import WritableTokens
from lmkit.models.base import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """A text to be continued.

    Attributes:
        prompt: The text.
        max_tokens: Most tokens to write.
        stop: The continuation ends before the first of these.
        temperature: Of the draw; 0 takes the most probable token.
        seed: Equal seeds draw equal texts.
    """

    prompt: str
    max_tokens: int
    stop: tuple[str, ...] = ()
    temperature: float = 0.0
    seed: int = 0


class _Writing:
    """Text of one continuation while it is written."""

    def __init__(self, asked: Continuation, stream: TextStream) -> None:
        self._stops = asked.stop
        self._stream = stream
        self._text = ""

    def add(self, token: int) -> bool:
        """Add a token; return whether a stop string is complete."""
        self._text += self._stream.add(token)
        return any(stop in self._text for stop in self._stops)

    def end(self) -> str:
        """Return the text up to the first stop string."""
        text = self._text + self._stream.end()
        return text[: min((text.find(s) for s in self._stops if s in text), default=len(text))]


def write_continuations(
    model: Model, vocabulary: Vocabulary, asked: Sequence[Continuation], *, rows: int
) -> list[str]:
    """Continue texts, several side by side.

    Args:
        model: The model that reads forward.
        vocabulary: Its tokens.
        asked: What to continue, and how far.
        rows: Most texts side by side.

    Returns:
        The continuations without their prompts, in order.
    """
    banned = banned_tokens(vocabulary, ())
    groups = (asked[start : start + rows] for start in range(0, len(asked), rows))
    written = (_write_group(model, vocabulary, group, banned) for group in groups)
    return list(itertools.chain.from_iterable(written))


def _write_group(
    model: Model, vocabulary: Vocabulary, group: Sequence[Continuation], banned: Tensor
) -> Iterator[str]:
    """Yield the continuations of texts that are written side by side."""
    engine, writable = Engine(model), WritableTokens(vocabulary)
    writings: dict[int, _Writing] = {}
    order: list[_Writing] = []
    for one in group:
        ids = vocabulary.tokenizer.encode(one.prompt)
        order.append(_Writing(one, TextStream(vocabulary, ids)))
        if one.max_tokens < 1:
            continue
        request = Request(
            context=read_context(model, ids, line_end_id=vocabulary.line_end_id),
            before=tuple(ids),
            sampling=SamplingConfig(temperature=one.temperature),
            seed=one.seed,
            max_tokens=one.max_tokens,
            banned=banned,
            accept=writable.accept,
        )
        writings[engine.add(request)] = order[-1]
    for output in engine.run():
        if writings[output.handle].add(output.id):
            engine.cancel(output.handle)
    yield from (writing.end() for writing in order)
