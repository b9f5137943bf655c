"""Predictions of a recurrent model, kept as hidden states until a probability is asked for."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.models.base import Prediction


class Output(Protocol):
    """The output layer of a prediction: hidden states, shape (rows, width), to probabilities."""

    def logits(self, hidden: Tensor) -> Tensor:
        """Return log-probabilities up to a constant in each row, shape (rows, vocab)."""
        ...

    def log_probs(self, hidden: Tensor) -> Tensor:
        """Return the log-probability of every id, shape (rows, vocab)."""
        ...

    def log_prob_of(self, hidden: Tensor, ids: Tensor) -> Tensor:
        """Return the log-probability of one id per row, shape (rows,)."""
        ...


class HiddenPrediction(Prediction):
    """A prediction with a hidden state for each position.

    Attributes:
        hidden: Input of the output layer, shape (batch, time, width).
    """

    hidden: Tensor

    @override
    @abstractmethod
    def last(self) -> "HiddenPrediction": ...


class RecurrentPrediction(HiddenPrediction):
    """Predictions computed from hidden states only when asked for.

    Attributes:
        hidden: Input of the output layer, shape (batch, time, width).
    """

    def __init__(self, hidden: Tensor, head: Output) -> None:
        self.hidden = hidden
        self._head = head

    @override
    def log_probs(self) -> Tensor:
        if torch.is_inference_mode_enabled():
            return self._log_probs()
        with torch.inference_mode():
            return self._log_probs()

    @override
    def logit_parts(self, times: int) -> Iterator[Tensor]:
        for hidden in torch.split(self.hidden, times, 1):
            with torch.inference_mode():
                rows = self._head.logits(hidden.flatten(0, 1))
            yield rows.view(*hidden.shape[:2], -1)

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        with torch.inference_mode():
            rows = self._head.log_prob_of(self.hidden.flatten(0, 1), ids.flatten())
            return rows.view(ids.shape)

    def _log_probs(self) -> Tensor:
        rows = self._head.log_probs(self.hidden.flatten(0, 1))
        return rows.view(*self.hidden.shape[:2], -1)

    @override
    def last(self) -> "RecurrentPrediction":
        if self.hidden.shape[1] == 1:
            return self
        return RecurrentPrediction(self.hidden[:, -1:], self._head)

    @override
    def select(self, rows: Sequence[int]) -> "RecurrentPrediction":
        index = torch.as_tensor(rows, dtype=torch.long, device=self.hidden.device)
        return RecurrentPrediction(self.hidden.index_select(0, index), self._head)
