"""Beam search: the most probable continuations, lengths made comparable."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.context import Context, read_context
from lmkit.inference.generate import GenerateConfig, banned_tokens
from lmkit.inference.text_stream import TextStream
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import Model
from lmkit.results import Generated, Guess
from lmkit.text.words import split_words

_PIECES_A_WORD = 6  # of a vocabulary whose words are several tokens, at most on average


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamConfig:
    """How wide to search, and how lengths are compared."""

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
    """A way to go on.

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
) -> tuple[Continuation, ...]:
    """Find the best ways to end the line.

    Args:
        model: Who read `context`.
        vocabulary: Its tokens.
        context: What stands before.
        config: How wide to search.
        banned: Words in none of them.

    Returns:
        At most `config.width` continuations, best first. Those that reached no line end in
        `config.tokens` tokens are cut there.
    """
    never = banned_tokens(vocabulary, banned)
    begun: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    ended: list[Continuation] = []
    scores, state = context.log_probs[None], model.select(context.state, [0])
    for _ in range(config.tokens):
        begun, rows, ended = _step(scores, begun, ended, never, vocabulary, config)
        if not begun or _is_settled(begun, ended, config):
            break
        tokens = torch.tensor([[ids[-1]] for ids, _ in begun])
        prediction, state = model.read(tokens, model.select(state, rows))
        scores = prediction.log_probs()[:, 0]
    ended += [_continuation(ids, log_prob, len(ids), config) for ids, log_prob in begun]
    return tuple(_ranked(ended)[: config.width])


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
        model: Who reads and writes.
        vocabulary: Its tokens.
        prompt: The text.
        config: `beam`, `samples`, `words` and `banned` count.

    Returns:
        At most `config.samples` texts, best first.
    """
    started = time.perf_counter()
    ids = vocabulary.tokenizer.encode(prompt)
    context = read_context(model, ids, line_end_id=vocabulary.line_end_id)
    tokens = max(1, config.words) * (1 if vocabulary.is_whole else _PIECES_A_WORD)
    beam = BeamConfig(width=max(config.beam, config.samples), tokens=tokens)
    found = best_continuations(model, vocabulary, context, config=beam, banned=config.banned)
    endings = [_text(vocabulary, prompt, ids, way.ids) for way in found[: config.samples]]
    seconds = time.perf_counter() - started
    return tuple(
        Generated(prompt, prompt + text, len(split_words(text)), seconds) for text in endings
    )


def _text(vocabulary: Vocabulary, prompt: str, ids: Sequence[int], added: Sequence[int]) -> str:
    stream = TextStream(vocabulary, ids)
    text = "".join([*map(stream.add, added), stream.end()])
    return text.removeprefix(" ") if prompt[-1:].isspace() else text


def _step(
    scores: Tensor,
    begun: Sequence[tuple[tuple[int, ...], float]],
    ended: list[Continuation],
    banned: Tensor,
    vocabulary: Vocabulary,
    config: BeamConfig,
) -> tuple[list[tuple[tuple[int, ...], float]], list[int], list[Continuation]]:
    """Carry every continuation on by a token; keep the best, set the ended ones apart."""
    before = torch.tensor([log_prob for _, log_prob in begun], dtype=torch.float64)
    totals = before[:, None] + scores.double().masked_fill(banned, -torch.inf)
    line_end = vocabulary.line_end_id
    ended = ended + [
        _continuation(ids, float(total), len(ids) + 1, config)
        for (ids, _), total in zip(begun, totals[:, line_end].tolist(), strict=True)
    ]
    totals[:, line_end] = -torch.inf
    best = totals.flatten().topk(min(config.width, totals.numel()))
    grown, rows = [], []
    for place, total in zip(best.indices.tolist(), best.values.tolist(), strict=True):
        row, token = divmod(place, totals.shape[1])
        if total > -torch.inf:
            grown.append(((*begun[row][0], token), total))
            rows.append(row)
    return grown, rows, _ranked(ended)[: config.width]


def _is_settled(
    begun: Sequence[tuple[tuple[int, ...], float]],
    ended: Sequence[Continuation],
    config: BeamConfig,
) -> bool:
    """Say whether nothing begun can still beat the worst of a full set of ended ones."""
    if len(ended) < config.width:
        return False
    hope: float = (
        max(log_prob for _, log_prob in begun) / (config.tokens + 1) ** config.length_power
    )
    return hope <= ended[-1].score


def _continuation(
    ids: tuple[int, ...], log_prob: float, length: int, config: BeamConfig
) -> Continuation:
    return Continuation(ids, log_prob, log_prob / max(1, length) ** config.length_power)


def _ranked(continuations: Sequence[Continuation]) -> list[Continuation]:
    return sorted(continuations, key=lambda found: (-found.score, found.ids))
