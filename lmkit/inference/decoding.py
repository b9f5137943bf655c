"""One sequence of the decoding engine: what it asks for, how far it is, and how tokens are chosen.

Knows token ids and nothing of text, and no state of a model: `engine` reads.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.inference.context import Context
from lmkit.inference.sampling import SamplingConfig, Step, compose, draw
from lmkit.models.base import AnyState, Model, Prediction

_TRIES = 16  # tokens refused by `accept`, after which every token is checked at once

Accept: TypeAlias = Callable[[Sequence[int], int], bool]
Top: TypeAlias = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """A sequence to read, and to write on.

    Attributes:
        prompt: Ids to read; may be empty where there is a context.
        context: A text read already, which stands before the prompt.
        before: Ids of the context, as far as `sampling` and `accept` are to know them.
        sampling: Filters of the draw; None: the caller writes each token, see `Engine.write`.
        seed: Equal seeds draw equal tokens.
        max_tokens: Most tokens written; 0 reads the prompt alone, which needs `echo`.
        stop_ids: Ids that end the sequence; they are given out too.
        banned: Tokens never drawn, boolean of shape (vocab,).
        accept: Tells whether a token (second) may follow the ids before it (first). It is not
            asked about forced tokens, nor obeyed where it refuses every token.
        forced: Ids written first, before any is drawn.
        top: Most probable ids given with each output.
        echo: Whether the prompt's tokens are given out too, with their log-probabilities.
    """

    prompt: tuple[int, ...] = ()
    context: Context | None = None
    before: tuple[int, ...] = ()
    sampling: SamplingConfig | None = field(default_factory=SamplingConfig)
    seed: int = 0
    max_tokens: int = 16
    stop_ids: frozenset[int] = frozenset()
    banned: Tensor | None = None
    accept: Accept | None = None
    forced: tuple[int, ...] = ()
    top: int = 0
    echo: bool = False

    def __post_init__(self) -> None:
        if not self.prompt and self.context is None:
            raise UsageError("there is nothing to read; give a prompt of at least one id")
        if self.max_tokens < 0 or self.top < 0:
            raise UsageError(
                f"max_tokens and top must be 0 or more, got {self.max_tokens} and {self.top}"
            )
        if not self.max_tokens and not (self.echo and self.prompt):
            raise UsageError("max_tokens is 0 and no prompt is echoed; ask for one of them")


@dataclass(frozen=True, slots=True)
class Output:
    """One token of a sequence.

    Attributes:
        handle: The sequence.
        id: The token.
        log_prob: Its natural log-probability by the model, before any filter of the draw; None for
            a first token that nothing stands before.
        top: The most probable ids in its place and their log-probabilities, best first.
        is_prompt: Whether it was read and not written.
        finish: "stop" or "length" where the sequence ends with this token, else "".
    """

    handle: int
    id: int
    log_prob: float | None
    top: Top = ()
    is_prompt: bool = False
    finish: str = ""


class DecodedSequence:
    """Progress of one request.

    Attributes:
        handle: Its name in the engine.
        request: The request.
        unread: Ids to be read before the next token is chosen.
        history: Ids of the context, the prompt and all that was written.
        written: Number of tokens written.
    """

    def __init__(self, handle: int, request: Request) -> None:
        self.handle = handle
        self.request = request
        last = len(request.prompt) - (not request.max_tokens)
        self.unread = list(request.prompt[:last])
        self.history = [*request.before, *request.prompt]
        self.written = 0
        self._read = 0  # prompt ids read
        self._generator: torch.Generator | None = None  # made by the first draw
        sampling = request.sampling
        self._filters = None if sampling is None else compose(sampling, banned=request.banned)

    @property
    def sampler(self) -> tuple[SamplingConfig | None, int]:
        """Key that sequences share whose tokens may be drawn by one call of `choose_tokens`."""
        return self.request.sampling, id(self.request.banned)

    @property
    def filters(self) -> Step:
        """The filters of the draw.

        Raises:
            UsageError: If the caller writes the tokens.
        """
        if self._filters is None:
            raise UsageError(f"sequence {self.handle} draws no tokens; write them")
        return self._filters

    @property
    def generator(self) -> torch.Generator:
        """The sequence's own source of chance."""
        if self._generator is None:
            self._generator = make_generator(self.request.seed)
        return self._generator

    def copy(self, handle: int) -> "DecodedSequence":
        """Return a sequence that goes on from the same place; it draws from the seed anew."""
        copy = DecodedSequence(handle, self.request)
        copy.unread, copy.history = list(self.unread), list(self.history)
        copy.written, copy._read = self.written, self._read
        return copy

    def start(self, model: Model) -> AnyState:
        """Return the state to read on from, of one row."""
        context = self.request.context
        return model.start(1) if context is None else context.state

    def first_echo(self) -> list[Output]:
        """Return the echo of the first prompt id, which no read of the prompt predicts."""
        request = self.request
        if not (request.echo and request.prompt):
            return []
        if request.context is None:
            return [self._echoed(0, None, ())]
        scores = request.context.log_probs
        top = best_ids(scores[None], request.top)[0]
        return [self._echoed(0, float(scores[request.prompt[0]]), top)]

    def echo(self, prediction: Prediction, row: int, times: int) -> list[Output]:
        """Return the echo of prompt ids that a read predicted.

        Args:
            prediction: After each id read.
            row: The row of this sequence.
            times: Number of ids read of it.
        """
        begin = self._read
        self._read += times
        ids = self.request.prompt[begin + 1 : begin + times + 1]
        if not (self.request.echo and ids):
            return []
        own = prediction.select([row])
        if self.request.top:
            table = own.log_probs()[0, : len(ids)]
            found = table.gather(1, torch.tensor(ids, device=table.device)[:, None])[:, 0]
            tops = best_ids(table, self.request.top)
        else:
            asked = torch.tensor([[*ids, *[0] * (times - len(ids))]])
            found = own.log_prob_of(asked)[0, : len(ids)]
            tops = [()] * len(ids)
        places = range(begin + 1, begin + 1 + len(ids))
        return [*map(self._echoed, places, found.tolist(), tops)]

    def go_on(self, token: int) -> str:
        """Note a token written; return "stop" or "length" where the sequence ends with it."""
        self.history.append(token)
        self.written += 1
        self.unread = [token]
        if token in self.request.stop_ids:
            return "stop"
        return "length" if self.written >= self.request.max_tokens else ""

    def _echoed(self, place: int, log_prob: float | None, top: Top) -> Output:
        request = self.request
        is_end = not request.max_tokens and place == len(request.prompt) - 1
        finish = "length" if is_end else ""
        return Output(self.handle, request.prompt[place], log_prob, top, True, finish)


def choose_tokens(sequences: Sequence[DecodedSequence], scores: Tensor) -> list[int]:
    """Choose the next token of sequences that share a sampler.

    Args:
        sequences: At least one.
        scores: Log-probabilities, shape (sequences, vocab).

    Returns:
        One token each.
    """
    left = sequences[0].filters(scores, [sequence.history for sequence in sequences])
    tokens = draw(left, [sequence.generator for sequence in sequences])
    return [
        _settled(sequence, token, scores, row)
        for row, (sequence, token) in enumerate(zip(sequences, tokens, strict=True))
    ]


def best_ids(scores: Tensor, count: int) -> list[Top]:
    """Return the most probable ids of each row and their scores, best first, equal ones by id.

    Args:
        scores: Shape (rows, vocab).
        count: Ids a row; at most the vocabulary is given.
    """
    if not count:
        return [()] * len(scores)
    found = scores.topk(min(count, scores.shape[1]))
    rows = zip(found.indices.tolist(), found.values.tolist(), strict=True)
    return [
        tuple(sorted(zip(*row, strict=True), key=lambda one: (-one[1], one[0]))) for row in rows
    ]


def _settled(sequence: DecodedSequence, token: int, scores: Tensor, row: int) -> int:
    """Return a drawn token, or the one written in its place."""
    request = sequence.request
    if sequence.written < len(request.forced):
        return request.forced[sequence.written]
    if request.accept is None or request.accept(sequence.history, token):
        return token
    return next(_redrawn(sequence, request.accept, token, scores[row : row + 1].clone()), token)


def _redrawn(
    sequence: DecodedSequence, accept: Accept, token: int, scores: Tensor
) -> Iterator[int]:
    """Yield a token that is accepted, if there is one, after refusing a drawn one."""
    for _ in range(_TRIES):
        scores[:, token] = -torch.inf
        left = sequence.filters(scores, [sequence.history])
        if not left.isfinite().any():
            return
        token = draw(left, [sequence.generator])[0]
        if accept(sequence.history, token):
            yield token
    refused = [n for n in range(scores.shape[1]) if not accept(sequence.history, n)]
    scores[:, refused] = -torch.inf
    left = sequence.filters(scores, [sequence.history])
    if left.isfinite().any():
        yield draw(left, [sequence.generator])[0]
