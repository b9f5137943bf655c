"""Sampled softmax (Jean 2015): in training the right word competes with a few drawn ones.

Wrong words are drawn once a step for all rows, log-uniform over ids sorted by frequency; the
logits are corrected for how often a word is drawn, and a drawn word that is a row's right word does
not count against it. Whatever is measured outside training is the full softmax, exact.
"""

import math
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional

from lmkit.nn.embedding import Embedding, TableEmbedding
from lmkit.nn.heads.full import FullHead
from lmkit.nn.heads.head import HeadConfig


class SampledHead(FullHead):
    """A full softmax that is trained on samples.

    Attributes:
        samples: Wrong words drawn per step.
    """

    samples: int = 4096

    @classmethod
    def with_embedding(cls, config: HeadConfig) -> tuple[Embedding, Self]:
        """Return one table, and a head that reads it if tied."""
        embedding = TableEmbedding(config.vocab_size, config.width)
        head = cls(config.vocab_size, config.width, tied=embedding if config.tied else None)
        head.samples = config.samples
        return embedding, head

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss over the right and the drawn words; exact outside training."""
        if not self.training:
            return super().loss(hidden, targets)
        hidden = self.cooled(hidden)
        drawn = draw_log_uniform(self.vocab_size, self.samples)
        ids = torch.cat([targets, drawn])
        correction = self._log_expected(ids).to(hidden.dtype)
        weights = functional.embedding(ids, self.weight)
        biases = self.bias[ids] - correction
        rows = len(targets)
        right = (hidden * weights[:rows]).sum(1) + biases[:rows]
        wrong = torch.addmm(biases[rows:], hidden, weights[rows:].t())
        wrong = wrong.masked_fill(targets[:, None] == drawn, -math.inf)
        logits = torch.cat([right[:, None], wrong], dim=1)
        return functional.cross_entropy(logits, torch.zeros_like(targets))

    def _log_expected(self, ids: Tensor) -> Tensor:
        """Return the log of how often each id is drawn in a step."""
        share = torch.log1p(1 / (ids + 1.0)) / math.log(self.vocab_size + 1)
        return (share * self.samples).log()


def draw_log_uniform(vocab_size: int, samples: int) -> Tensor:
    """Draw ids with P(id) = log((id + 2) / (id + 1)) / log(vocab + 1), near to Zipf's law.

    Args:
        vocab_size: Number of ids.
        samples: How many to draw, with replacement, from torch's default generator.

    Returns:
        Ids, shape (samples,).
    """
    uniform = torch.rand(samples, dtype=torch.float64)
    ids = (uniform * math.log(vocab_size + 1)).exp().long() - 1
    return ids.clamp_(0, vocab_size - 1)
