"""Embeddings: one table, or bands of ever narrower tables for ever rarer words.

Ids are sorted by falling frequency, so a band is a range of ids. In a training step a table may
keep its gradient by rows.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.core.errors import UsageError

SPREAD = 0.1  # a word's vector is drawn uniform in +-SPREAD
FIRST_BAND = 2000  # words of full width at least
NARROWEST = 16  # width below which no band goes by default


class RowGradients:
    """Lookups of one training step and the gradients of their rows.

    A lookup touches few rows of a table, while autograd by default makes a gradient of its whole
    size. Two ways around that, for two kinds of tables: a sparse gradient, for a table that nothing
    else reads; and rows added late, for a table that a full softmax reads as well, whose gradient
    is dense.

    One object serves one forward and backward pass. Between them it holds the vectors looked up in
    tables with late rows.
    """

    def __init__(
        self, sparse: Iterable[nn.Parameter] = (), late: Iterable[nn.Parameter] = ()
    ) -> None:
        """Name the tables.

        Args:
            sparse: Tables, shape (rows, width), whose gradient shall be sparse.
            late: Tables whose rows are added by `add_late_rows` to the dense gradient that they
                have after the backward pass. Left to autograd, a lookup would make a second one of
                the same size, nearly all zeros, to be added.
        """
        self._sparse = {id(weight) for weight in sparse}
        self._late = {id(weight) for weight in late}
        self._lookups: list[tuple[nn.Parameter, Tensor, Tensor]] = []

    def look_up(self, weight: nn.Parameter, ids: Tensor) -> Tensor:
        """Return rows of a table.

        Args:
            weight: The table, shape (rows, width).
            ids: Row numbers, any shape.

        Returns:
            The rows, shape (*ids, width).
        """
        if id(weight) not in self._late:
            return functional.embedding(ids, weight, sparse=id(weight) in self._sparse)
        vectors = functional.embedding(ids, weight.detach()).requires_grad_()
        self._lookups.append((weight, ids, vectors))
        return vectors

    def add_late_rows(self) -> None:
        """Add the gradients of the vectors held to those of their tables, and let them go."""
        lookups, self._lookups = self._lookups, []
        for weight, ids, vectors in lookups:
            if vectors.grad is not None and weight.grad is not None:
                at, rows = ids.reshape(1, -1), vectors.grad.reshape(-1, weight.shape[1])
                weight.grad += torch.sparse_coo_tensor(
                    at, rows, weight.shape, check_invariants=False
                )


class Embedding(nn.Module, ABC):
    """A vector for every id."""

    @abstractmethod
    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the vectors anew.

        Args:
            generator: Source of the draws; equal generators give equal vectors.
        """

    @abstractmethod
    def forward(self, ids: Tensor, rows: RowGradients | None = None) -> Tensor:
        """Look ids up.

        Args:
            ids: Any shape.
            rows: Lookups of the training step; None leaves all gradients to autograd.

        Returns:
            Vectors, shape (*ids, width).
        """


class TableEmbedding(Embedding):
    """One table of vectors.

    Attributes:
        weight: Shape (vocab, width).
    """

    def __init__(self, vocab_size: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocab_size, width))
        self.initialise()

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        nn.init.uniform_(self.weight, -SPREAD, SPREAD, generator=generator)

    @override
    def forward(self, ids: Tensor, rows: RowGradients | None = None) -> Tensor:
        if rows is None:
            return functional.embedding(ids, self.weight)
        return rows.look_up(self.weight, ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandsConfig:
    """Bands of a vocabulary: ranges of ids, frequent first, and the widths of their vectors."""

    limits: tuple[int, ...]  # the id after the last of each band; the last limit is the vocabulary
    widths: tuple[int, ...]  # of each band; the first is the width of the model

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in pairwise((0, *self.limits)))
        if not rising or len(self.widths) != len(self.limits) or min(self.widths) < 1:
            raise UsageError(
                f"bands need rising limits and a width each, got {self.limits} and {self.widths}"
            )


def default_bands(vocab_size: int, width: int, *, shrink: int = 2) -> BandsConfig:
    """Return bands that keep the arithmetic low for words as frequent as words are.

    Args:
        vocab_size: Number of ids.
        width: Width of the first band.
        shrink: Each band is this much narrower than the one before; 1 keeps the width.

    Returns:
        Three bands, or fewer for a small vocabulary.
    """
    first = max(FIRST_BAND, vocab_size // 15)
    wanted = (first, vocab_size // 4)
    rising = [limit for limit in wanted if first <= limit <= vocab_size // 2]
    limits = (*rising, vocab_size)
    least = min(width, NARROWEST)
    widths = tuple(max(least, width // shrink**band) for band in range(len(limits)))
    return BandsConfig(limits=limits, widths=widths)


class BandedEmbedding(Embedding):
    """Narrower vectors for rarer words, each band brought to full width (Baevski and Auli 2018).

    Attributes:
        config: The bands.
        tables: One per band, shape (words of the band, width of the band). The first has a row
            more for each further band, never looked up: a tied head chooses the band with them.
        projections: One per further band, shape (width, width of the band).
    """

    def __init__(self, config: BandsConfig) -> None:
        super().__init__()
        self.config = config
        sizes = [high - low for low, high in pairwise((0, *config.limits))]
        sizes[0] += len(sizes) - 1
        width, *further = config.widths
        shapes = zip(sizes, config.widths, strict=True)
        self.tables = nn.ParameterList([torch.empty(shape) for shape in shapes])
        self.projections = nn.ParameterList([torch.empty(width, narrow) for narrow in further])
        self.initialise()

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        for table in self.tables:
            nn.init.uniform_(table, -SPREAD, SPREAD, generator=generator)
        for projection in self.projections:  # every band's vectors get one spread
            bound = (3 / projection.shape[1]) ** 0.5
            nn.init.uniform_(projection, -bound, bound, generator=generator)

    @override
    def forward(self, ids: Tensor, rows: RowGradients | None = None) -> Tensor:
        ordered, order = ids.flatten().sort()
        limits = torch.tensor(self.config.limits, device=ids.device)
        ends = torch.searchsorted(ordered, limits).tolist()
        parts = []
        for band, (first, last) in enumerate(pairwise((0, *ends))):
            if first < last:
                parts.append(self._look_up(band, ordered[first:last]))
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order), device=ids.device)
        return torch.cat(parts)[back].view(*ids.shape, -1)

    def _look_up(self, band: int, ids: Tensor) -> Tensor:
        if band == 0:
            return functional.embedding(ids, self.tables[0])
        rows = ids - self.config.limits[band - 1]
        narrow = functional.embedding(rows, self.tables[band])
        return functional.linear(narrow, self.projections[band - 1])
