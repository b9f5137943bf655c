"""The best weights of a run so far, and the validation that found them."""

import math

from torch import Tensor, nn

from lmkit.models.weights import load_weights, weights_of
from lmkit.training.checkpoint import StateDict
from lmkit.training.validation import Validation

_NATS, _PERPLEXITY, _STEP = "/nats", "/perplexity", "/step"  # names of weights have no slash


class BestWeights:
    """A copy of the weights with the best validation; the first weights before there is one.

    Attributes:
        nats: Mean loss of a token in that validation; infinity before there is one.
        perplexity: Perplexity per word of the same.
        step: Steps taken before it.
    """

    def __init__(self, model: nn.Module) -> None:
        self.nats = self.perplexity = math.inf
        self.step = 0
        self._model = model
        self._weights = self._copy()

    @property
    def is_found(self) -> bool:
        """True once a validation has given a finite loss."""
        return math.isfinite(self.nats)

    def offer(self, step: int, found: Validation) -> bool:
        """Keep the present weights if their validation is the best.

        Nats are compared, since perplexities of texts without spaces may all be too large to tell
        apart.

        Args:
            step: Steps taken so far.
            found: The validation of the present weights.

        Returns:
            Whether it is the best.
        """
        if not found.nats_per_token < self.nats:
            return False
        self.nats, self.perplexity, self.step = found.nats_per_token, found.perplexity, step
        self._weights = self._copy()
        return True

    def restore(self) -> None:
        """Put the kept weights into the model."""
        load_weights(self._model, self._weights)

    def state(self) -> StateDict:
        """Return the weights by name, and the figures of their validation."""
        figures = {_NATS: self.nats, _PERPLEXITY: self.perplexity, _STEP: self.step}
        return {**self._weights, **figures}

    def load(self, state: StateDict) -> None:
        """Take over weights and figures."""
        self.nats, self.perplexity = float(state[_NATS]), float(state[_PERPLEXITY])
        self.step = int(state[_STEP])
        self._weights = {name: value for name, value in state.items() if not name.startswith("/")}

    def _copy(self) -> dict[str, Tensor]:
        return {name: weight.clone() for name, weight in weights_of(self._model).items()}
