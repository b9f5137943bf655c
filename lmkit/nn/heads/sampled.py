"""Sampled softmax (Jean 2015): in training the right words compete with a few drawn ones.

All rows of a step share one set of candidates: the right words of all of them, and words drawn by
frequency. So every row has the other rows' words as its wrong ones too, the whole is one small
softmax, and nothing is masked. A candidate's logit is corrected for how probable it was to be
among them. Whatever is measured outside training is the full softmax, exact.
"""

from typing import Self

import torch
from torch import Tensor

from lmkit.nn.embedding import Embedding, TableEmbedding
from lmkit.nn.heads.chunked import linear_cross_entropy
from lmkit.nn.heads.full import FullHead
from lmkit.nn.heads.head import HeadConfig

FLATTENING = 0.75  # power of the frequencies that words are drawn by (Mikolov 2013)


class SampledHead(FullHead):
    """A full softmax that is trained on samples.

    Attributes:
        samples: Words drawn per step.
        shares: Share of the text that each id makes up, shape (vocab,); it follows from the
            training text and is no weight, so it is not saved.
        drawing: Probability of each id in one draw, shape (vocab,); follows from the shares.
    """

    samples: int = 1024
    shares: Tensor
    drawing: Tensor

    def __init__(self, vocab_size: int, width: int, *, tied: TableEmbedding | None = None) -> None:
        super().__init__(vocab_size, width, tied=tied)
        self.register_buffer("shares", torch.empty(vocab_size), persistent=False)
        self.register_buffer("drawing", torch.empty(vocab_size), persistent=False)
        if not self.shares.is_meta:  # arithmetic there would import all of torch's compiler
            ranks = torch.arange(1, vocab_size + 1, dtype=torch.float32)
            zipf = 1 / (ranks * (1 / ranks).sum())
            self.shares.copy_(zipf)
            self.drawing.copy_(drawing_shares(zipf))
        self._is_exact = False

    @classmethod
    def with_embedding(cls, config: HeadConfig) -> tuple[Embedding, Self]:
        """Return one table, and a head that reads it if tied."""
        embedding = TableEmbedding(config.vocab_size, config.width)
        head = cls(config.vocab_size, config.width, tied=embedding if config.tied else None)
        head.samples = config.samples
        return embedding, head

    def set_frequencies(self, shares: Tensor) -> None:
        """Set the bias to the log of the shares, and draw by them."""
        super().set_frequencies(shares)
        self.shares.copy_(shares)
        self.drawing.copy_(drawing_shares(shares))

    def set_exact(self, is_exact: bool) -> None:
        """Say whether training uses every word from now on."""
        self._is_exact = is_exact

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss among the candidates; exact outside training, or if so set."""
        if self._is_exact or not self.training:
            return super().loss(hidden, targets)
        drawn = draw(self.drawing, self.samples)
        ids, places = torch.unique(torch.cat([targets, drawn]), return_inverse=True)
        correction = self._log_inclusion(ids, rows=len(targets)).to(hidden.dtype)
        weights = self.rows(ids)
        biases = self.scaled(self.bias[ids]) - correction
        right = places[: len(targets)]
        return linear_cross_entropy(
            self.scaled(hidden), weights, biases, right, scale=1 / len(targets)
        )

    def nats(self, loss: Tensor, targets: Tensor) -> Tensor:
        """Return the nats of the whole vocabulary: the right word's own correction is undone.

        The sum over corrected candidates estimates that over all words, so nothing else is to do.
        """
        if self._is_exact or not self.training:
            return loss.detach()
        return loss.detach() - self._log_inclusion(targets, rows=len(targets)).mean()

    def _log_inclusion(self, ids: Tensor, *, rows: int) -> Tensor:
        """Return the log of how probable each id is to be a candidate of a step."""
        return inclusion(self.drawing[ids] * self.samples + self.shares[ids] * rows).log()


def drawing_shares(shares: Tensor) -> Tensor:
    """Return how probable each id is in one draw: frequencies, flattened; shape (vocab,)."""
    flat = shares.pow(FLATTENING)
    return flat / flat.sum()


def draw(shares: Tensor, count: int) -> Tensor:
    """Draw ids with replacement from torch's default generator.

    Args:
        shares: Probability of each id, shape (vocab,).
        count: How many.

    Returns:
        Ids, shape (count,).
    """
    bounds = shares.to(torch.float64).cumsum(0)
    places = torch.rand(count, dtype=torch.float64) * bounds[-1]
    return torch.searchsorted(bounds, places, right=True).clamp_(max=len(shares) - 1)


def inclusion(expected: Tensor) -> Tensor:
    """Return how probable an id is to be among the candidates, if drawn so often on average."""
    return -torch.expm1(-expected)
