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
        hidden: Input of the output layer, shape (batch, time, width), where the answers go.
    """

    def __init__(self, hidden: Tensor, head: Output, place: torch.device | None = None) -> None:
        """Hold hidden states.

        Args:
            hidden: On the device of the head.
            head: The output layer.
            place: Device that all answers are brought to; None: that of the head.
        """
        self._place = hidden.device if place is None else place
        self.hidden = hidden.to(self._place)
        self._there = hidden
        self._head = head

    @override
    def log_probs(self) -> Tensor:
        if torch.is_inference_mode_enabled():
            return self._log_probs()
        with torch.inference_mode():
            return self._log_probs()

    @override
    def logit_parts(self, times: int) -> Iterator[Tensor]:
        for hidden in torch.split(self._there, times, 1):
            with torch.inference_mode():
                rows = self._head.logits(hidden.flatten(0, 1)).to(self._place)
            yield rows.view(*hidden.shape[:2], -1)

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        with torch.inference_mode():
            wanted = ids.flatten().to(self._there.device)
            rows = self._head.log_prob_of(self._there.flatten(0, 1), wanted)
            return rows.to(self._place).view(ids.shape)

    def _log_probs(self) -> Tensor:
        rows = self._head.log_probs(self._there.flatten(0, 1)).to(self._place)
        return rows.view(*self.hidden.shape[:2], -1)

    @override
    def last(self) -> "RecurrentPrediction":
        if self.hidden.shape[1] == 1:
            return self
        return RecurrentPrediction(self._there[:, -1:], self._head, self._place)

    @override
    def select(self, rows: Sequence[int]) -> "RecurrentPrediction":
        index = torch.as_tensor(rows, dtype=torch.long).to(self._there.device)
        return RecurrentPrediction(self._there.index_select(0, index), self._head, self._place)
