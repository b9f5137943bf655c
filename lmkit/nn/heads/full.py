"""The full softmax: one row of weights for every id."""

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.nn.embedding import Embedding, TableEmbedding
from lmkit.nn.heads.chunked import linear_cross_entropy, log_prob_of
from lmkit.nn.heads.head import Head, HeadConfig
from lmkit.nn.matmul import matmul


class FullHead(Head):
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
    def with_embedding(cls, config: HeadConfig) -> tuple[Embedding, Self]:
        """Return one table, and a head that reads it if tied."""
        embedding = TableEmbedding(config.vocab_size, config.width)
        tied = embedding if config.tied else None
        return embedding, cls(config.vocab_size, config.width, tied=tied)

    @property
    def weight(self) -> Tensor:
        """The output matrix, shape (vocab, width)."""
        (tied,) = self._tied
        return self.own_weight if tied is None else tied.weight

    def rows(self, ids: Tensor) -> Tensor:
        """Return some rows of the output matrix, shape (ids, width)."""
        (tied,) = self._tied
        return functional.embedding(ids, self.own_weight) if tied is None else tied(ids)

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the matrix, if it is the head's own; the bias is zero."""
        if self._tied == (None,):
            bound = self.width**-0.5
            nn.init.uniform_(self.own_weight, -bound, bound, generator=generator)
        nn.init.zeros_(self.bias)

    def set_frequencies(self, shares: Tensor) -> None:
        """Set the bias to the log of the shares, shape (vocab,)."""
        with torch.no_grad():
            self.bias.copy_(shares.log())

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the mean negative log-likelihood, exact."""
        scale = 1 / len(targets)
        hidden, bias = self.scaled(hidden), self.scaled(self.bias)
        return linear_cross_entropy(hidden, self.weight, bias, targets, scale=scale)

    def log_probs(self, hidden: Tensor) -> Tensor:
        """Return exact log-probabilities of every id, shape (rows, vocab)."""
        return torch.log_softmax(self.logits(hidden), dim=-1)

    def logits(self, hidden: Tensor) -> Tensor:
        """Return what the softmax is taken of, shape (rows, vocab)."""
        return matmul(self.scaled(hidden), self.weight.t(), self.scaled(self.bias))

    def log_prob_of(self, hidden: Tensor, ids: Tensor) -> Tensor:
        """Return the exact log-probability of one id per row, without the whole matrix of them."""
        return log_prob_of(self.scaled(hidden), self.weight, self.scaled(self.bias), ids)
