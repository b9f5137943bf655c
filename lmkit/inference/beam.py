"""Beam search: the most probable continuations, lengths made comparable.

The engine reads; every continuation is a sequence of it, and one that splits is forked.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.context import Context, read_context
from lmkit.inference.engine import Engine, Request
from lmkit.inference.generate import GenerateConfig, banned_tokens
from lmkit.inference.text_stream import TextStream
from lmkit.inference.vocabulary import Vocabulary
from lmkit.inference.writable import WritableTokens
from lmkit.models.base import Model
from lmkit.results import Generated, Guess
from lmkit.text.words import split_words

_TOKENS_A_WORD = 6  # of a vocabulary whose words are several tokens, at most on average
_SPARE = 4  # times the width: candidates looked at, for those that may not be written


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamConfig:
    """Settings of a beam search: its width, and how lengths are compared."""

    width: int = 8  # continuations kept at each step
    tokens: int = 40  # longest continuation
    length_power: float = 0.7  # log-probabilities are divided by length to this power; 0: not

    def __post_init__(self) -> None:
        if self.width < 1 or self.tokens < 1:
            raise UsageError(
                f"a beam needs a width and a length of at least 1, got {self.width}, {self.tokens}"
            )


@dataclass(frozen=True, slots=True)
class Continuation:
    """A continuation of a context.

    Attributes:
        ids: The tokens, without the line end.
        log_prob: Of all of them, and of the line end where it was reached (nats).
        score: The same with its length accounted for.
    """

    ids: tuple[int, ...]
    log_prob: float
    score: float


def best_continuations(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    *,
    config: BeamConfig,
    banned: Sequence[str] = (),
    before: Sequence[int] = (),
) -> tuple[Continuation, ...]:
    """Find the best ways to end the line.

    Args:
        model: The model that read `context`.
        vocabulary: Its tokens.
        context: The text before.
        config: Width, length, and comparison of lengths.
        banned: Words in none of them.
        before: Ids of the context, so that no token is written that would merge with them.

    Returns:
        At most `config.width` continuations, best first. Those that reached no line end in
        `config.tokens` tokens are cut there.
    """
    engine = Engine(model)
    first = engine.add(Request(context=context, sampling=None, max_tokens=config.tokens))
    search = _Search(vocabulary, config, banned_tokens(vocabulary, banned), tuple(before))
    begun = {first: Begun((), 0.0)}
    while begun:
        engine.step()
        begun = _grow(engine, begun, search)
    return tuple(_ranked(search.ended)[: config.width])


def best_endings(
    model: Model, vocabulary: Vocabulary, context: Context, *, config: BeamConfig
) -> tuple[Guess, ...]:
    """Return the best ways to end the line as text, each with the probability of all of it."""
    return tuple(
        Guess(vocabulary.tokenizer.decode(way.ids), math.exp(way.log_prob))
        for way in best_continuations(model, vocabulary, context, config=config)
    )


def write_best(
    model: Model, vocabulary: Vocabulary, prompt: str, *, config: GenerateConfig
) -> tuple[Generated, ...]:
    """Continue a text to the most probable ends of its line; the seconds are of all together.

    Args:
        model: The model that reads and writes.
        vocabulary: Its tokens.
        prompt: The text.
        config: `beam`, `samples`, `words` and `banned` count.

    Returns:
        At most `config.samples` texts, best first.
    """
    started = time.perf_counter()
    ids = vocabulary.tokenizer.encode(prompt)
    context = read_context(model, ids, line_end_id=vocabulary.line_end_id)
    tokens = max(1, config.words) * (1 if vocabulary.is_whole else _TOKENS_A_WORD)
    beam = BeamConfig(width=max(config.beam, config.samples), tokens=tokens)
    found = best_continuations(
        model, vocabulary, context, config=beam, banned=config.banned, before=ids
    )
    endings = [_text(vocabulary, prompt, ids, way.ids) for way in found[: config.samples]]
    seconds = time.perf_counter() - started
    return tuple(
        Generated(prompt, prompt + text, len(split_words(text)), seconds) for text in endings
    )


def _text(vocabulary: Vocabulary, prompt: str, ids: Sequence[int], added: Sequence[int]) -> str:
    stream = TextStream(vocabulary, ids)
    text = "".join([*map(stream.add, added), stream.end()])
    return text.removeprefix(" ") if prompt[-1:].isspace() else text


@dataclass(frozen=True, slots=True)
class Begun:
    """A continuation without its end: its ids, and their log-probability (nats)."""

    ids: tuple[int, ...]
    log_prob: float


class _Search:
    """Continuations that have ended, and the choice of those worth carrying on."""

    def __init__(
        self, vocabulary: Vocabulary, config: BeamConfig, never: Tensor, before: tuple[int, ...]
    ) -> None:
        self.ended: list[Continuation] = []
        self._config = config
        self._never = never
        self._before = before
        self._line_end = vocabulary.line_end_id
        self._writable = WritableTokens(vocabulary)

    def choose(self, begun: Sequence[Begun], scores: Tensor) -> list[tuple[int, Begun]]:
        """Set ended continuations apart and choose the best that are carried on by a token.

        Args:
            begun: Continuations.
            scores: Log-probabilities of the token after each, shape (continuations, vocab).

        Returns:
            At most `config.width` continuations, each with the number of the one it carries on;
            none where nothing can beat those that have ended.
        """
        before = torch.tensor([way.log_prob for way in begun], dtype=torch.float64)
        totals = before[:, None] + scores.double().masked_fill(self._never, -torch.inf)
        self._end(begun, totals[:, self._line_end].tolist())
        totals[:, self._line_end] = -torch.inf
        grown = list(islice(self._best(begun, totals), self._config.width))
        if not grown or self._is_settled([way for _, way in grown]):
            return []
        return grown

    def cut(self, begun: Sequence[Begun]) -> None:
        """Take continuations that have reached the greatest length as ended."""
        self.ended += [_continuation(way, len(way.ids), self._config) for way in begun]

    def _end(self, begun: Sequence[Begun], totals: Sequence[float]) -> None:
        ended = [
            _continuation(Begun(way.ids, total), len(way.ids) + 1, self._config)
            for way, total in zip(begun, totals, strict=True)
        ]
        self.ended = _ranked([*self.ended, *ended])[: self._config.width]

    def _best(self, begun: Sequence[Begun], totals: Tensor) -> Iterator[tuple[int, Begun]]:
        """Yield longer continuations, best first, as far as their tokens may be written."""
        count = min(_SPARE * self._config.width, totals.numel())
        best = totals.flatten().topk(count)
        for place, total in zip(best.indices.tolist(), best.values.tolist(), strict=True):
            number, token = divmod(place, totals.shape[1])
            ids = begun[number].ids
            if total > -torch.inf and self._writable.accept((*self._before, *ids), token):
                yield number, Begun((*ids, token), total)

    def _is_settled(self, begun: Sequence[Begun]) -> bool:
        """Return whether nothing begun can still beat the worst of a full set of ended ones."""
        if len(self.ended) < self._config.width:
            return False
        longest = (self._config.tokens + 1) ** self._config.length_power
        hope: float = max(way.log_prob for way in begun) / longest
        return hope <= self.ended[-1].score


def _grow(engine: Engine, begun: dict[int, Begun], search: _Search) -> dict[int, Begun]:
    """Write the best tokens on the begun continuations; return those that are read on."""
    waiting = engine.waiting
    handles = list(begun)
    ways = [begun[handle] for handle in handles]
    grown = search.choose(ways, torch.stack([waiting[handle] for handle in handles]))
    numbers = [number for number, _ in grown]
    for number in set(range(len(handles))) - set(numbers):
        engine.cancel(handles[number])
    forked = [number in numbers[place + 1 :] for place, number in enumerate(numbers)]
    own = [
        engine.fork(handles[number]) if is_forked else handles[number]
        for number, is_forked in zip(numbers, forked, strict=True)
    ]
    for handle, (_, way) in zip(own, grown, strict=True):
        engine.write(handle, way.ids[-1])
    if not len(engine):
        search.cut([way for _, way in grown])
        return {}
    return {handle: way for handle, (_, way) in zip(own, grown, strict=True)}


def _continuation(way: Begun, length: int, config: BeamConfig) -> Continuation:
    score = way.log_prob / max(1, length) ** config.length_power
    return Continuation(way.ids, way.log_prob, score)


def _ranked(continuations: Sequence[Continuation]) -> list[Continuation]:
    return sorted(continuations, key=lambda found: (-found.score, found.ids))
