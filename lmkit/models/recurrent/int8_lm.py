"""A trained model asked with 8 bits a weight: quicker, a little less exact.

What is multiplied is a copy; the trained model stays as it is. The matrices of the recurrent layers
and of a full softmax are multiplied with 8 bits, those of an adaptive softmax in full. Every way of
reading goes through the same products, so what is measured of a text is what holds for each answer.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.models.recurrent.fast_step import FastStep
from lmkit.models.recurrent.prediction import Output, RecurrentPrediction
from lmkit.models.recurrent.products import Int8Product
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.heads.full import FullHead
from lmkit.nn.heads.head import Head
from lmkit.nn.state import State

_ROWS = 64  # rows whose probabilities are worked out together


class Int8LM:
    """Answers for a recurrent language model with 8 bits a weight.

    Attributes:
        config: Of the model.
        vocab_size: Number of ids.
    """

    def __init__(self, model: RecurrentLM) -> None:
        """Round the weights, as they are now.

        Args:
            model: The trained model; all its layers are plain LSTM.

        Raises:
            UsageError: If it has layers of another kind, or is not on the CPU.
        """
        if not FastStep.supports(model.recurrent):
            raise UsageError(
                f"8-bit weights support only the lstm cell, not {model.config.cell!r}; "
                "use this model without them"
            )
        if model.device.type != "cpu":
            raise UsageError(
                f"8-bit weights support only the CPU, not {model.device.type}; "
                "load the model with device cpu, or without 8-bit weights"
            )
        self.config = model.config
        self.vocab_size = model.vocab_size
        self._model = model
        with torch.inference_mode():
            self._step = FastStep(model.embedding, model.recurrent, model.project, make=Int8Product)
            self._output = _output(model.head)

    def start(self, batch: int) -> State:
        """Return the state of having read nothing."""
        return self._model.start(batch)

    def select(self, state: State, rows: Tensor | Sequence[int]) -> State:
        """Return the state of some rows, in the order asked for; a row may be repeated."""
        return self._model.select(state, rows)

    def join(self, states: Sequence[State]) -> State:
        """Return one state that holds the rows of several, in the order given."""
        return self._model.join(states)

    @torch.inference_mode()
    def read(self, ids: Tensor, state: State) -> tuple[RecurrentPrediction, State]:
        """Read words and say what may come after each.

        Args:
            ids: Word ids, shape (batch, time).
            state: State of everything read before.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        shown, state = self._step.read(ids, state, vocab_size=self.vocab_size)
        return RecurrentPrediction(shown, self._output), state


class Int8Output:
    """A full softmax with 8 bits a weight."""

    def __init__(self, head: FullHead) -> None:
        self._product = Int8Product(head.scaled(head.weight), head.scaled(head.bias))

    def log_probs(self, hidden: Tensor) -> Tensor:
        """Return log-probabilities of every id, shape (rows, vocab), from (rows, width)."""
        return torch.log_softmax(self.logits(hidden), dim=-1)

    def logits(self, hidden: Tensor) -> Tensor:
        """Return what the softmax is taken of, shape (rows, vocab), from (rows, width)."""
        return self._product.of(hidden)

    def log_prob_of(self, hidden: Tensor, ids: Tensor) -> Tensor:
        """Return the log-probability of one id per row, shape (rows,)."""
        parts = [
            self.log_probs(rows).gather(1, wanted[:, None])
            for rows, wanted in zip(
                torch.split(hidden, _ROWS), torch.split(ids, _ROWS), strict=True
            )
        ]
        return torch.cat(parts).squeeze(1)


def _output(head: Head) -> Output:
    return Int8Output(head) if isinstance(head, FullHead) else head
