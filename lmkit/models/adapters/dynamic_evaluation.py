"""Dynamic evaluation (Krause 2018): the weights follow the text while it is read.

After every segment the weights take one step down the gradient of what was just read, and go back a
little to what training left. The adapted weights are part of the state, a value like any other:
the model given is never changed, and what was read decides what is expected next, never the other
way round.

Several rows are several ways to go on from one text, as when candidates are compared: they read
with the weights adapted so far and adapt nothing, so that no row tells another what it reads.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.models.adapters.gradient_scale import GradientScale
from lmkit.models.recurrent.prediction import HiddenPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.state import State

LENGTH = 20  # ids of a segment by default


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicConfig:
    """Settings of dynamic evaluation."""

    segment: int = LENGTH  # words read between two steps
    rate: float = 1e-4  # change of a weight of mean gradient in a step
    decay: float = 0.001  # fraction of the way back to the trained weights in a step, 0..1
    floor: float = 0.1  # gradients below this fraction of the mean count as that fraction

    def __post_init__(self) -> None:
        if self.segment < 1:
            raise UsageError(f"a segment must be at least 1 word, got {self.segment}")
        if not (self.rate >= 0 and math.isfinite(self.rate)):
            raise UsageError(f"the rate must be at least 0, got {self.rate}")
        if not 0 <= self.decay <= 1 or not self.floor > 0:
            raise UsageError(f"decay must be in 0..1 and floor above 0, got {self}")


@dataclass(frozen=True, slots=True)
class DynamicState:
    """State of dynamic evaluation: adapted weights, recurrent state, and the segment read so far.

    Attributes:
        model: The model with the weights adapted so far; never changed once it is here.
        state: Recurrent state after everything read.
        before: The state before the segment began.
        segment: Ids read of the segment, shape (batch, 0 to segment).
    """

    model: RecurrentLM
    state: State
    before: State
    segment: Tensor


@dataclass(frozen=True, slots=True)
class _StepSizes:
    """Step sizes of the weights of a tensor."""

    down: Tensor  # times its gradient
    back: Tensor  # fraction of the way to the trained weight, 0..1


@dataclass(frozen=True, slots=True)
class Passage:
    """Ids and the id after each, shape (rows, time), of which a loss is computed."""

    inputs: Tensor
    targets: Tensor


class DynamicEvaluation:
    """A recurrent language model that learns from the text it reads."""

    def __init__(
        self,
        base: RecurrentLM,
        config: DynamicConfig | None = None,
        *,
        scale: GradientScale | None = None,
    ) -> None:
        """Wrap a model.

        Args:
            base: The trained model, in evaluation mode.
            config: How fast the weights follow.
            scale: Usual gradients of the model; without them each step divides by the root mean
                square of the gradient it has, tensor by tensor.
        """
        self.base = base
        self.config = config or DynamicConfig()
        self.vocab_size = base.vocab_size
        self._step_sizes = {} if scale is None else _step_sizes(scale.relative(base), self.config)

    def start(self, batch: int) -> DynamicState:
        """Return the state of having read nothing, with the trained weights."""
        state = self.base.start(batch)
        return DynamicState(self.base, state, state, torch.zeros(batch, 0, dtype=torch.long))

    def read(self, ids: Tensor, state: DynamicState) -> tuple[HiddenPrediction, DynamicState]:
        """Read ids and say what may come after each, from weights adapted to what came before.

        Args:
            ids: Ids, shape (batch, time).
            state: State of everything read before, adapted weights included.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        parts: list[tuple[HiddenPrediction, int]] = []
        given = state.model
        while ids.shape[1]:
            if state.segment.shape[1] == self.config.segment:
                parts[-1:] = [(WholePrediction(part), n) for part, n in parts[-1:]]
                state = self._close(state, ids[:, :1], may_change=state.model is not given)
            room = self.config.segment - state.segment.shape[1]
            prediction, after = state.model.read(ids[:, :room], state.state)
            segment = torch.cat([state.segment, ids[:, :room]], 1)
            state = DynamicState(state.model, after, state.before, segment)
            parts.append((prediction, ids[:, :room].shape[1]))
            ids = ids[:, room:]
        return JoinedPrediction(parts), state

    def select(self, state: DynamicState, rows: Tensor | Sequence[int]) -> DynamicState:
        """Return the state of some rows, in the order asked for; they share adapted weights."""
        index = torch.as_tensor(rows, dtype=torch.long)
        return DynamicState(
            model=state.model,
            state=self.base.select(state.state, index),
            before=self.base.select(state.before, index),
            segment=state.segment.index_select(0, index),
        )

    def _close(self, state: DynamicState, after: Tensor, *, may_change: bool) -> DynamicState:
        """End a segment: adapt to it, where there is one row, and begin the next."""
        model = state.model
        if len(after) == 1:
            with torch.inference_mode(mode=False), torch.enable_grad():
                model = model if may_change else copy.deepcopy(model)
                self._adapt(model, state, after.clone())
        return DynamicState(model, state.state, state.state, state.segment[:, :0])

    def _adapt(self, model: RecurrentLM, state: DynamicState, after: Tensor) -> None:
        """Take one step on a model of our own, down the gradient and back to the trained one."""
        inputs = state.segment.clone()
        targets = torch.cat([inputs[:, 1:], after], 1)
        passage = Passage(inputs.to(model.device), targets.to(model.device))
        before = tuple(tuple(part.clone() for part in layer) for layer in state.before)
        names, weights = zip(*model.named_parameters(), strict=True)
        loss, _ = model.loss(passage, before)
        gradients = torch.autograd.grad(loss.objective, weights, allow_unused=True)
        trained = dict(self.base.named_parameters())
        with torch.no_grad():
            for name, weight, gradient in zip(names, weights, gradients, strict=True):
                if gradient is not None:
                    self._step(name, weight, gradient, trained=trained[name])

    def _step(self, name: str, weight: Tensor, gradient: Tensor, *, trained: Tensor) -> None:
        config = self.config
        if name in self._step_sizes:
            sizes = self._step_sizes[name]
            back, down = sizes.back.to(weight.device), sizes.down.to(weight.device)
            weight.lerp_(trained, back).addcmul_(gradient, down, value=-1)
            return
        size = gradient.square().mean().sqrt().clamp_min(torch.finfo(torch.float32).tiny)
        weight.lerp_(trained, config.decay).sub_(gradient / size, alpha=config.rate)


def _step_sizes(relative: Mapping[str, Tensor], config: DynamicConfig) -> dict[str, _StepSizes]:
    """Compute the step sizes once, from the mean sizes of gradients."""
    mean = float(relative[""])
    return {
        name: _StepSizes(
            down=config.rate / (size.clamp(min=config.floor) * mean),
            back=(config.decay * size).clamp_(max=1.0),
        )
        for name, size in relative.items()
        if name
    }


class WholePrediction(HiddenPrediction):
    """A prediction computed for the whole vocabulary, so that the weights may change."""

    def __init__(self, prediction: HiddenPrediction) -> None:
        self.hidden = prediction.hidden
        self._log_probs = prediction.log_probs()

    @override
    def log_probs(self) -> Tensor:
        return self._log_probs

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return self._log_probs.gather(2, ids[..., None])[..., 0]

    @override
    def last(self) -> "WholePrediction":
        last = copy.copy(self)
        last.hidden, last._log_probs = self.hidden[:, -1:], self._log_probs[:, -1:]
        return last


class JoinedPrediction(HiddenPrediction):
    """Predictions one after the other in time."""

    def __init__(self, parts: Sequence[tuple[HiddenPrediction, int]]) -> None:
        """Join predictions.

        Args:
            parts: Each with its number of positions.
        """
        self._parts = tuple(parts)
        self.hidden = torch.cat([part.hidden for part, _ in parts], 1)

    @override
    def log_probs(self) -> Tensor:
        return torch.cat([part.log_probs() for part, _ in self._parts], 1)

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        wanted = torch.split(ids, [time for _, time in self._parts], 1)
        pairs = zip(self._parts, wanted, strict=True)
        return torch.cat([part.log_prob_of(own) for (part, _), own in pairs], 1)

    @override
    def last(self) -> HiddenPrediction:
        return self._parts[-1][0].last()
