"""Full softmax: one row of weights for every id."""

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.nn.embedding import Embedding, RowGradients, TableEmbedding
from lmkit.nn.heads.chunked import linear_cross_entropy, log_prob_of
from lmkit.nn.heads.head import Head, HeadConfig, HeadLoss
from lmkit.nn.matmul import matmul
from lmkit.nn.precision import MixedPrecision
from lmkit.nn.train_mode import TrainMode


class FullHead(Head, MixedPrecision):
    """Softmax over the whole vocabulary; its matrix may be the embedding (Press and Wolf 2017)."""

    def __init__(self, vocab_size: int, width: int, *, tied: TableEmbedding | None = None) -> None:
        super().__init__(vocab_size, width)
        # In a tuple, so that the embedding's parameters are not listed a second time.
        self._tied = (tied,)
        if tied is None:
            self.own_weight = nn.Parameter(torch.empty(vocab_size, width))
        self.bias = nn.Parameter(torch.zeros(vocab_size))
        self.initialise()

    @classmethod
    @override
    def with_embedding(cls, config: HeadConfig) -> tuple[Embedding, Self]:
        embedding = TableEmbedding(config.vocab_size, config.width)
        tied = embedding if config.tied else None
        return embedding, cls(config.vocab_size, config.width, tied=tied)

    @property
    def weight(self) -> Tensor:
        """The output matrix, shape (vocab, width)."""
        (tied,) = self._tied
        return self.own_weight if tied is None else tied.weight

    def tie(self, table: TableEmbedding) -> None:
        """Read another table from now on; a matrix of its own, if there is one, is dropped.

        Args:
            table: Shape (vocab, width).
        """
        if self._tied == (None,):
            del self.own_weight
        self._tied = (table,)

    def rows(self, ids: Tensor, gradients: RowGradients | None = None) -> Tensor:
        """Return some rows of the output matrix.

        Args:
            ids: Which, shape (ids,).
            gradients: Lookups of the training step; None leaves all gradients to autograd.

        Returns:
            Shape (ids, width).
        """
        (tied,) = self._tied
        if tied is None:
            return functional.embedding(ids, self.own_weight)
        found: Tensor = tied(ids, gradients)
        return found

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        if self._tied == (None,):
            bound = self.width**-0.5
            nn.init.uniform_(self.own_weight, -bound, bound, generator=generator)
        nn.init.zeros_(self.bias)

    @override
    def set_frequencies(self, frequencies: Tensor) -> None:
        with torch.no_grad():
            self.bias.copy_(frequencies.log())

    @override
    def loss(self, hidden: Tensor, targets: Tensor, mode: TrainMode | None = None) -> HeadLoss:
        scale = 1 / len(targets)
        hidden, bias = self.for_product(self.scaled(hidden)), self.scaled(self.bias)
        mean = linear_cross_entropy(hidden, self.weight, bias, targets, scale=scale)
        return HeadLoss(mean, mean.detach())

    @override
    def log_probs(self, hidden: Tensor) -> Tensor:
        return torch.log_softmax(self.logits(hidden), dim=-1)

    @override
    def logits(self, hidden: Tensor) -> Tensor:
        if self.temperature == 1:
            return matmul(hidden, self.weight.t(), self.bias)
        return matmul(self.scaled(hidden), self.weight.t(), self.scaled(self.bias))

    @override
    def log_prob_of(self, hidden: Tensor, ids: Tensor) -> Tensor:
        return log_prob_of(self.scaled(hidden), self.weight, self.scaled(self.bias), ids)
