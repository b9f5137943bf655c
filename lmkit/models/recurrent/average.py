"""Several trained networks asked together: the mean of their probabilities, in equal shares.

Networks that differ in their seed alone err differently; their mean has a perplexity some 7% below
that of each (docs/recipe.md). Each keeps its own state and temperature.
"""

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import TypeAlias

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.models.mixture import Mixture
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.prediction import HiddenPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.state import State

Member: TypeAlias = RecurrentLM | Int8LM


class AverageLM(Mixture):
    """The mean of the probabilities of recurrent language models.

    Attributes:
        models: The networks that are averaged.
        vocab_size: Number of ids.
    """

    models: tuple[Member, ...]

    def __init__(self, models: Sequence[Member]) -> None:
        """Average networks.

        Args:
            models: At least one, all of one vocabulary.

        Raises:
            UsageError: If there is none, or the vocabularies differ.
        """
        if not models:
            raise UsageError("an average needs at least one network")
        super().__init__(models, [1 / len(models)] * len(models))

    @property
    def networks(self) -> list[RecurrentLM]:
        """The networks whose weights are in full, not rounded to 8 bits."""
        return [model for model in self.models if isinstance(model, RecurrentLM)]

    @property
    def device(self) -> torch.device:
        """Device of the first network; rounded ones are on the CPU."""
        return next((network.device for network in self.networks), torch.device("cpu"))

    @property
    def hidden_width(self) -> int:
        """Width of the hidden states of all networks side by side."""
        return sum(model.config.embedding for model in self.models)

    @override
    def read(
        self, ids: Tensor, state: tuple[State, ...]
    ) -> tuple["AveragePrediction", tuple[State, ...]]:
        read = [model.read(ids, own) for model, own in zip(self.models, state, strict=True)]
        predictions, states = zip(*read, strict=True)
        return AveragePrediction(predictions), states

    def parameter_count(self) -> int:
        """Return the number of trained weights of all networks that are not rounded."""
        return sum(network.parameter_count() for network in self.networks)


class AveragePrediction(HiddenPrediction):
    """The mean of the predictions of several networks.

    Attributes:
        hidden: Hidden states of all networks side by side, shape (batch, time, sum of widths).
    """

    def __init__(self, predictions: Sequence[HiddenPrediction]) -> None:
        self._parts = tuple(predictions)
        self._log_share = -math.log(len(self._parts))
        self.hidden = torch.cat([part.hidden for part in self._parts], -1)

    @override
    def log_probs(self) -> Tensor:
        return self._mean([part.log_probs() for part in self._parts])

    @override
    def logit_parts(self, times: int) -> Iterator[Tensor]:
        for parts in zip(*(part.logit_parts(times) for part in self._parts), strict=True):
            yield self._mean([torch.log_softmax(part, -1) for part in parts])

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return self._mean([part.log_prob_of(ids) for part in self._parts])

    @override
    def last(self) -> "AveragePrediction":
        return AveragePrediction([part.last() for part in self._parts])

    def _mean(self, log_probs: Sequence[Tensor]) -> Tensor:
        return reduce(torch.logaddexp, log_probs) + self._log_share
