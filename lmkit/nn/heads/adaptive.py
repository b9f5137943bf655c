"""Adaptive softmax (Grave 2017): first the frequent words or a band of rarer ones, then the word.

The probabilities are exact: they sum to 1 over the whole vocabulary. Ids are sorted by falling
frequency. Only rows whose word lies in a band pay for that band.
"""

from itertools import pairwise
from typing import Self

import torch
from torch import Tensor, nn
from typing_extensions import override

from lmkit.nn.embedding import BandedEmbedding, BandsConfig, Embedding, default_bands
from lmkit.nn.heads.chunked import linear_cross_entropy, log_prob_of
from lmkit.nn.heads.head import Head, HeadConfig, HeadLoss
from lmkit.nn.matmul import matmul
from lmkit.nn.train_mode import TrainMode


class AdaptiveHead(Head):
    """A softmax in bands; tables and projections may be those of the embedding.

    The first band's classes are its words and then the other bands.
    """

    def __init__(self, bands: BandsConfig, *, tied: BandedEmbedding | None = None) -> None:
        super().__init__(bands.limits[-1], bands.widths[0])
        self.limits = bands.limits
        # In a tuple, so that the embedding's parameters are not listed a second time.
        self._tied = (tied,)
        if tied is None:
            self.own = BandedEmbedding(bands)
        tables = self.bands.tables
        self.biases = nn.ParameterList([torch.zeros(len(table)) for table in tables])

    @classmethod
    @override
    def with_embedding(cls, config: HeadConfig) -> tuple[Embedding, Self]:
        bands = default_bands(config.vocab_size, config.width, shrink=config.band_shrink)
        embedding = BandedEmbedding(bands)
        return embedding, cls(bands, tied=embedding if config.tied else None)

    @property
    def bands(self) -> BandedEmbedding:
        """The tables and projections used."""
        (tied,) = self._tied
        return self.own if tied is None else tied

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        if self._tied == (None,):
            self.own.initialise(generator)
        for bias in self.biases:
            nn.init.zeros_(bias)

    @override
    def set_frequencies(self, frequencies: Tensor) -> None:
        first = self.limits[0]
        further = [frequencies[low:high] for low, high in pairwise(self.limits)]
        heads = [frequencies[:first], *(band.sum()[None] for band in further)]
        with torch.no_grad():
            self.biases[0].copy_(torch.cat(heads).log())
            for bias, band in zip(self.biases[1:], further, strict=True):
                bias.copy_((band / band.sum()).log())

    @override
    def loss(self, hidden: Tensor, targets: Tensor, mode: TrainMode | None = None) -> HeadLoss:
        scale = 1 / len(targets)
        weight, bias = self.bands.tables[0], self.scaled(self.biases[0])
        hidden = self.scaled(hidden.to(weight.dtype))
        total = linear_cross_entropy(hidden, weight, bias, self._first(targets), scale=scale)
        for band, rows in self._further(targets):
            weight, bias = self.bands.tables[band], self.scaled(self.biases[band])
            inside = targets[rows] - self.limits[band - 1]
            narrow = self._narrow(band, hidden[rows])
            total = total + linear_cross_entropy(narrow, weight, bias, inside, scale=scale)
        return HeadLoss(total, total.detach())

    @override
    def log_probs(self, hidden: Tensor) -> Tensor:
        hidden = self.scaled(hidden)
        bias = self.scaled(self.biases[0])
        first = matmul(hidden, self.bands.tables[0].t(), bias).log_softmax(-1)
        parts = [first[:, : self.limits[0]]]
        for band in range(1, len(self.limits)):
            narrow = self._narrow(band, hidden)
            bias = self.scaled(self.biases[band])
            logits = matmul(narrow, self.bands.tables[band].t(), bias)
            chosen = first[:, self.limits[0] + band - 1, None]
            parts.append(logits.log_softmax(-1) + chosen)
        return torch.cat(parts, dim=-1)

    @override
    def log_prob_of(self, hidden: Tensor, ids: Tensor) -> Tensor:
        hidden = self.scaled(hidden)
        bias = self.scaled(self.biases[0])
        result = log_prob_of(hidden, self.bands.tables[0], bias, self._first(ids))
        for band, rows in self._further(ids):
            narrow = self._narrow(band, hidden[rows])
            inside = ids[rows] - self.limits[band - 1]
            table, bias = self.bands.tables[band], self.scaled(self.biases[band])
            result[rows] += log_prob_of(narrow, table, bias, inside)
        return result

    def _first(self, ids: Tensor) -> Tensor:
        """Return the class of each id in the first band: the id itself, or that of its band."""
        further = torch.tensor(self.limits[:-1], device=ids.device)
        bands = torch.bucketize(ids, further, right=True)
        return torch.where(bands == 0, ids, self.limits[0] + bands - 1)

    def _further(self, ids: Tensor) -> list[tuple[int, Tensor]]:
        """Return each further band with the rows whose id lies in it."""
        ranges = enumerate(pairwise(self.limits), start=1)
        return [
            (band, ((ids >= low) & (ids < high)).nonzero().squeeze(1))
            for band, (low, high) in ranges
        ]

    def _narrow(self, band: int, hidden: Tensor) -> Tensor:
        """Bring hidden states to the width of a band, shape (rows, width of the band)."""
        return matmul(hidden, self.bands.projections[band - 1])
