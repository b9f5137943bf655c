"""An n-gram of a base, read over a larger vocabulary: new words share the part of the unknown word.

A new word is read as unknown, and what the n-gram gives to the unknown word is parted equally among
it and the new words. So the probabilities of all other words stay, and the sum is 1.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.models.ngram.ngram import NGram, NGramPrediction

Entries = NDArray[np.int64]


class UnitedNGram(NGram):
    """An n-gram model over its own words and new ones.

    Attributes:
        known: Words of its own.
        unknown_id: The unknown word among them.
    """

    def __init__(self, ngram: NGram, *, vocab_size: int, unknown_id: int) -> None:
        """Let new words share with the unknown one.

        Args:
            ngram: The model of the smaller vocabulary.
            vocab_size: Words of the larger one, the ids of which go on after its own.
            unknown_id: The unknown word.

        Raises:
            UsageError: If the vocabulary is smaller, or the unknown word is none of it.
        """
        super().__init__(ngram.tables)
        self.known, self.unknown_id = self.vocab_size, unknown_id
        if vocab_size < self.known or not 0 <= unknown_id < self.known:
            raise UsageError(
                f"an n-gram of {self.known} words does not fit a vocabulary of {vocab_size} with "
                f"the unknown word {unknown_id}"
            )
        self._own = NGram(ngram.tables)
        self.vocab_size = vocab_size

    @property
    def share(self) -> float:
        """Part of the unknown word that each word which factors it has."""
        return 1 / (1 + self.vocab_size - self.known)

    def own(self, ids: Tensor) -> Tensor:
        """Return ids as the n-gram knows them, the same shape."""
        return torch.where(ids < self.known, ids, self.unknown_id)

    def factors(self, ids: Tensor) -> Tensor:
        """Return the factor of what the n-gram gives to each id, the same shape."""
        is_shared = self.own(ids) == self.unknown_id
        return torch.where(is_shared, torch.tensor(self.share), torch.tensor(1.0))

    @override
    def single_log_probs(self) -> Tensor:
        return _with_new(super().single_log_probs()[None], self, math.log(self.share))[0]

    @override
    def read(self, ids: Tensor, state: Tensor) -> tuple["UnitedPrediction", Tensor]:
        prediction, state = self._own.read(self.own(ids), state)
        return UnitedPrediction(self, self._own, prediction.contexts), state


class UnitedPrediction(NGramPrediction):
    """Predictions of an n-gram over a larger vocabulary."""

    def __init__(self, united: UnitedNGram, own: NGram, contexts: Entries) -> None:
        super().__init__(own, contexts)
        self._united = united
        self._own = own

    @override
    def log_probs(self) -> Tensor:
        return _with_new(super().log_probs(), self._united, math.log(self._united.share))

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return super().log_prob_of(self._united.own(ids)) + self._united.factors(ids).log()

    @override
    def parts_of(self, ids: Tensor) -> Tensor:
        return super().parts_of(self._united.own(ids)) * self._united.factors(ids)[..., None]

    @override
    def weighted(self, weights: Sequence[float]) -> Tensor:
        found = super().weighted(weights)
        part = found[..., self._united.unknown_id] * self._united.share
        found[..., self._united.unknown_id] = part
        new = self._united.vocab_size - self._united.known
        return torch.cat([found, part[..., None].expand(*part.shape, new)], -1)

    @override
    def last(self) -> "UnitedPrediction":
        return UnitedPrediction(self._united, self._own, self.contexts[:, :, -1:])

    @override
    def select(self, rows: Sequence[int]) -> "UnitedPrediction":
        return UnitedPrediction(self._united, self._own, self.contexts[:, list(rows)])

    @override
    def top(self, k: int) -> tuple[Tensor, Tensor]:
        log_probs, ids = self.last().log_probs()[:, 0].topk(min(k, self._united.vocab_size))
        return ids, log_probs


def _with_new(log_probs: Tensor, united: UnitedNGram, log_share: float) -> Tensor:
    """Return log-probabilities with those of new words behind, which share with the unknown one."""
    part = log_probs[..., united.unknown_id] + log_share
    log_probs = log_probs.clone()
    log_probs[..., united.unknown_id] = part
    new = united.vocab_size - united.known
    return torch.cat([log_probs, part[..., None].expand(*part.shape, new)], -1)
