"""Sampled softmax (Jean 2015): in training the right words compete with a few drawn ones.

All rows of a step share one set of candidates: the right words of all of them, and words drawn by
frequency. So every row has the other rows' words as its wrong ones too, the whole is one small
softmax, and nothing is masked. A candidate's logit is corrected for how probable it was to be
among them. Outside training the softmax is the full one, exact.
"""

from typing import Self

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.devices import precise_dtype
from lmkit.nn.embedding import Embedding, TableEmbedding
from lmkit.nn.heads.chunked import linear_cross_entropy
from lmkit.nn.heads.full import FullHead
from lmkit.nn.heads.head import HeadConfig, HeadLoss
from lmkit.nn.train_mode import TrainMode

FLATTENING = 0.75  # power of the frequencies that words are drawn by (Mikolov 2013)


class SampledHead(FullHead):
    """A full softmax that is trained on samples.

    Attributes:
        samples: Words drawn per step.
        frequencies: Relative frequency of each id in the training text, shape (vocab,); it follows
            from the text and is no weight, so it is not saved.
        proposal: Probability of each id in one draw, shape (vocab,); follows from the frequencies.
        trained: Whether the row of each id is trained, shape (vocab,), bool; a row that is not
            still competes as it is. All are, unless `set_candidates` says otherwise.
    """

    samples: int = 1024
    frequencies: Tensor
    proposal: Tensor
    trained: Tensor

    def __init__(self, vocab_size: int, width: int, *, tied: TableEmbedding | None = None) -> None:
        super().__init__(vocab_size, width, tied=tied)
        self.register_buffer("frequencies", torch.empty(vocab_size), persistent=False)
        self.register_buffer("proposal", torch.empty(vocab_size), persistent=False)
        is_all = torch.ones(vocab_size).bool()
        self.register_buffer("trained", is_all, persistent=False)
        self._trains_all = True  # known here, since a step waits for no device
        if not self.frequencies.is_meta:  # arithmetic there would import all of torch's compiler
            ranks = torch.arange(1, vocab_size + 1, dtype=torch.float32)
            zipf = 1 / (ranks * (1 / ranks).sum())
            self.frequencies.copy_(zipf)
            self.proposal.copy_(proposal_of(zipf))

    @classmethod
    @override
    def with_embedding(cls, config: HeadConfig) -> tuple[Embedding, Self]:
        embedding = TableEmbedding(config.vocab_size, config.width)
        head = cls(config.vocab_size, config.width, tied=embedding if config.tied else None)
        head.samples = config.samples
        return embedding, head

    @override
    def set_frequencies(self, frequencies: Tensor) -> None:
        super().set_frequencies(frequencies)
        self.frequencies.copy_(frequencies)
        self.proposal.copy_(proposal_of(frequencies))

    def set_candidates(self, frequencies: Tensor, proposal: Tensor, *, trained: Tensor) -> None:
        """Set how words become candidates, and whose rows are trained; the biases stay.

        Args:
            frequencies: Relative frequency of each id in the training text, shape (vocab,).
            proposal: Probability of each id in one draw, shape (vocab,), summing to 1.
            trained: Whether the row of each id is trained, shape (vocab,), bool.
        """
        self.frequencies.copy_(frequencies)
        self.proposal.copy_(proposal)
        self.trained.copy_(trained)
        self._trains_all = bool(trained.all())

    @override
    def loss(self, hidden: Tensor, targets: Tensor, mode: TrainMode | None = None) -> HeadLoss:
        if mode is None or mode.is_exact:
            return super().loss(hidden, targets, mode)
        drawn = draw(self.proposal, self.samples, mode.generator)
        others = [] if mode.part is None else [mode.part.everyones(targets)]
        ids, places, is_used = distinct(torch.cat([targets, *others, drawn]))
        correction = self._log_inclusion(ids, rows=_rows(targets, mode))
        weights, biases = self.rows(ids, mode.rows), self.bias[ids]
        if not self._trains_all:
            is_trained = self.trained[ids]
            weights = torch.where(is_trained[:, None], weights, weights.detach())
            biases = torch.where(is_trained, biases, biases.detach())
        biases = self.scaled(biases) - correction
        if is_used is not None:
            biases = biases.masked_fill(~is_used, -torch.inf)
        right = places[: len(targets)]
        mean = linear_cross_entropy(
            self.for_product(self.scaled(hidden)), weights, biases, right, scale=1 / len(targets)
        )
        # The sum over corrected candidates estimates that over all words: only the correction of
        # the right word has to be undone.
        undone = self._log_inclusion(targets, rows=_rows(targets, mode)).mean()
        return HeadLoss(mean, mean.detach() - undone)

    def _log_inclusion(self, ids: Tensor, *, rows: int) -> Tensor:
        """Return the log-probability of each id to be a candidate of a step."""
        expected = self.proposal[ids] * self.samples + self.frequencies[ids] * rows
        return inclusion(expected).log()


def _rows(targets: Tensor, mode: TrainMode) -> int:
    """Return the targets of a step in all processes."""
    part = mode.part
    return len(targets) if part is None else len(targets) // part.rows * part.total


def distinct(ids: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return each of some ids once, in rising order, and the place of each of the given ones.

    Args:
        ids: Shape (ids,).

    Returns:
        The distinct ids; the place among them of each given id, shape (ids,); and None. On another
        device than the CPU their number would have to be waited for: there as many are returned as
        were given, and in place of None whether each counts, shape (ids,); those that do not come
        last and are 0.
    """
    if ids.device.type == "cpu":
        found, places = torch.unique(ids, return_inverse=True)
        return found, places, None
    ordered, order = ids.sort()
    is_new = ordered != torch.cat((ordered[:1] - 1, ordered[:-1]))
    ranks = is_new.cumsum(0) - 1
    places = torch.empty_like(ranks).scatter_(0, order, ranks)
    found = torch.zeros_like(ids).scatter_(0, ranks, ordered)  # equal ids meet in one place
    return found, places, torch.arange(len(ids), device=ids.device) <= ranks[-1]


def proposal_of(frequencies: Tensor) -> Tensor:
    """Return the probability of each id in one draw: flattened frequencies, shape (vocab,)."""
    flat = frequencies.pow(FLATTENING)
    return flat / flat.sum()


def draw(proposal: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Draw ids with replacement.

    Args:
        proposal: Probability of each id, shape (vocab,).
        count: Number of draws.
        generator: Source of the draws, on the device of `proposal`.

    Returns:
        Ids, shape (count,).
    """
    device = proposal.device
    bounds = proposal.to(precise_dtype(device)).cumsum(0)
    uniform = torch.rand(count, dtype=bounds.dtype, device=device, generator=generator)
    places = uniform * bounds[-1]
    return torch.searchsorted(bounds, places, right=True).clamp_(max=len(proposal) - 1)


def inclusion(expected: Tensor) -> Tensor:
    """Return the probability of an id to be among the candidates, from its expected draws."""
    return -torch.expm1(-expected)
