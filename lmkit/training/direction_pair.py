"""Training of two models that share their word vectors: one reads forward, one backward.

Both directions take each step together, and the table of word vectors receives the gradient of
both. Each direction is computed in a thread of its own where that is asked for: on an idle machine
a step then takes little more than half the time, on a busy one no more than before. The result
does not depend on the number of threads.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.core.seeding import SEED_LIMIT, make_generator, split_seed
from lmkit.data.batches import Batch, Batches, Ids, reversed_lines
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.trainable import Loss, Trainable
from lmkit.nn.embedding import TableEmbedding
from lmkit.nn.heads.sampled import SampledHead
from lmkit.nn.state import State
from lmkit.nn.train_mode import TrainMode
from lmkit.training.text_validation import TextValidator
from lmkit.training.validation import Validation

PairState = tuple[State, State]  # of the forward and the backward model


@dataclass(frozen=True, slots=True)
class PairBatch:
    """A window of each direction."""

    forward: Batch
    backward: Batch


class PairBatches:
    """The windows of a text in both directions, by number."""

    def __init__(self, ids: Ids, *, batch: int, time: int, line_end_id: int, seed: int) -> None:
        """Lay out the streams of both directions.

        Args:
            ids: Lines, each followed by a line end, shape (ids,).
            batch: Streams of each direction.
            time: Ids of a window.
            line_end_id: Token before the first id.
            seed: Of the places where later epochs begin.
        """
        self._forward, self._backward = (
            Batches(
                ids, batch=batch, time=time, line_end_id=line_end_id, reverse=reverse, seed=seed
            )
            for reverse in (False, True)
        )

    @property
    def batch(self) -> int:
        """Streams of each direction."""
        return self._forward.batch

    @property
    def steps_per_epoch(self) -> int:
        """Windows of a stream."""
        return self._forward.steps_per_epoch

    def at(self, cursor: int) -> PairBatch:
        """Return the windows of a step, counted from the start of training."""
        return PairBatch(self._forward.at(cursor), self._backward.at(cursor))

    def starts_epoch(self, cursor: int) -> bool:
        """Return whether the state is started anew at a step."""
        return self._forward.starts_epoch(cursor)


class DirectionPair(Trainable[PairBatch, PairState]):
    """A forward and a backward language model with one table of word vectors.

    Attributes:
        ahead: The forward model.
        back: The backward model; its embedding is that of the forward model.
    """

    def __init__(self, config: RecurrentLMConfig, generator: torch.Generator | None = None) -> None:
        """Build both models.

        Args:
            config: Shape of each: tied, its softmax trained on samples.
            generator: Source of the weights: equal generators give equal models.

        Raises:
            UsageError: If the word vectors are in bands, not tied, or read by a full softmax.
        """
        super().__init__()
        self.ahead = RecurrentLM(config, generator)
        self.back = RecurrentLM(config, generator)
        self._pool: ThreadPoolExecutor | None = None
        table, head = self.ahead.embedding, self.back.head
        if not (
            isinstance(table, TableEmbedding) and isinstance(head, SampledHead) and config.tied
        ):
            raise UsageError(
                "two directions share one tied table of word vectors; use head=sampled"
            )
        self.back.embedding = table
        head.tie(table)

    def use_threads(self, *, is_threaded: bool) -> None:
        """Compute the directions side by side, or one after the other."""
        if self._pool is not None:
            self._pool.shutdown()
        self._pool = (
            ThreadPoolExecutor(
                1, "backward", initializer=torch.set_flush_denormal, initargs=(True,)
            )
            if is_threaded
            else None
        )

    @override
    def start(self, batch: int) -> PairState:
        return self.ahead.start(batch), self.back.start(batch)

    @override
    def loss(
        self, batch: PairBatch, state: PairState, mode: TrainMode | None = None
    ) -> tuple[Loss, PairState]:
        # The objective is the sum of those of both directions, nats and count are of both together.
        # The gradients are computed along the way: `backward` only hands them over.
        weights = [weight for weight in self.parameters() if weight.requires_grad]
        parts = zip(
            (self.ahead, self.back),
            (batch.forward, batch.backward),
            state,
            _modes(mode),
            strict=True,
        )
        first, second = (_DirectionLoss(*part, weights) for part in parts)
        if self._pool is None:
            found = [first(), second()]
        else:
            waiting = self._pool.submit(second)
            found = [first(), waiting.result()]
        gradients = [_sum(pair) for pair in zip(*(each.gradients for each in found), strict=True)]
        total = torch.stack([each.loss.objective for each in found]).sum()
        objective: Tensor = _KnownGradients.apply(  # type: ignore[no-untyped-call]
            total, gradients, *weights
        )
        nats = torch.stack([each.loss.nats for each in found]).sum()
        loss = Loss(objective, nats, sum(each.loss.count for each in found))
        return loss, cast("PairState", tuple(each.state for each in found))


def _modes(mode: TrainMode | None) -> list[TrainMode | None]:
    """Return the mode of each direction, with a random generator of its own: threads share none."""
    if mode is None:
        return [None, None]
    source = mode.generator
    if source.device.type == "cpu":
        seeds = torch.randint(SEED_LIMIT - 1, (2,), generator=source).tolist()
    else:  # a draw of its own would have to be waited for
        seeds = split_seed(source.initial_seed(), 2)
    return [replace(mode, generator=make_generator(seed, source.device)) for seed in seeds]


@dataclass(frozen=True, slots=True)
class _Found:
    """Loss of a direction, with its gradients by weight, and the state after its window."""

    loss: Loss
    gradients: tuple[Tensor | None, ...]
    state: State


@dataclass(frozen=True, slots=True)
class _DirectionLoss:
    """Work of one direction in one step; may run in any thread."""

    model: RecurrentLM
    window: Batch
    state: State
    mode: TrainMode | None
    weights: Sequence[nn.Parameter]

    def __call__(self) -> _Found:
        with torch.enable_grad():
            loss, state = self.model.loss(self.window, self.state, self.mode)
            gradients = torch.autograd.grad(loss.objective, self.weights, allow_unused=True)
        detached = tuple(tuple(part.detach() for part in layer) for layer in state)
        known = Loss(loss.objective.detach(), loss.nats.detach(), loss.count)
        return _Found(known, gradients, detached)


class _KnownGradients(torch.autograd.Function):
    """A value whose gradients are known before the backward pass begins."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        value: Tensor,
        gradients: list[Tensor | None],
        *weights: Tensor,  # noqa: ARG004  # autograd wants to know them
    ) -> Tensor:
        ctx.gradients = gradients  # type: ignore[attr-defined]
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        gradients: list[Tensor | None] = ctx.gradients  # type: ignore[attr-defined]
        if grad_output.device.type == "cpu" and grad_output == 1:
            return None, None, *gradients
        scaled = [None if gradient is None else gradient * grad_output for gradient in gradients]
        return None, None, *scaled


def _sum(pair: tuple[Tensor | None, ...]) -> Tensor | None:
    """Return the sum of the gradients that there are, in a fixed order."""
    found = [gradient for gradient in pair if gradient is not None]
    if not found:
        return None
    return found[0] if len(found) == 1 else found[0] + found[1]


class PairValidator:
    """Validator of both directions on one text.

    Attributes:
        tokens: Length of the text.
        latest: Validation of each direction when they were last read; empty before.
    """

    def __init__(self, pair: DirectionPair, text: Ids, *, words: int, line_end_id: int) -> None:
        """Take a text.

        Args:
            pair: Read anew by each call.
            text: Lines, each followed by a line end, shape (ids,).
            words: Words of the whole text, line ends included.
            line_end_id: Token before the first id, in both directions.
        """
        self.tokens = len(text)
        self.latest: tuple[Validation, ...] = ()
        self._each = tuple(
            TextValidator(model, ids, words=words, line_end_id=line_end_id)
            for model, ids in ((pair.ahead, text), (pair.back, reversed_lines(text)))
        )

    def validate(self, tokens: int) -> Validation:
        """Read the first `tokens` tokens in each direction; the sums are of both together."""
        self.latest = tuple(validator.validate(tokens) for validator in self._each)
        return Validation(
            nats=sum(found.nats for found in self.latest),
            tokens=sum(found.tokens for found in self.latest),
            words=sum(found.words for found in self.latest),
        )
