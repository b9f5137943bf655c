"""Words as vectors: one table, or bands of ever narrower tables for ever rarer words.

Ids are sorted by falling frequency, so a band is a range of ids.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.core.errors import UsageError

SPREAD = 0.1  # a word's vector is drawn uniform in +-SPREAD
FIRST_BAND = 2000  # words of full width at least
NARROWEST = 16  # width below which no band goes by default


class Embedding(nn.Module, ABC):
    """Gives every id a vector."""

    @abstractmethod
    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the vectors anew."""

    @abstractmethod
    def forward(self, ids: Tensor) -> Tensor:
        """Look words up.

        Args:
            ids: Any shape.

        Returns:
            Vectors, one more dimension: width.
        """


class TableEmbedding(Embedding):
    """One table.

    Attributes:
        weight: Shape (vocab, width).
        has_row_gradients: Whether looking up gives a sparse gradient: the rows looked up alone.
    """

    def __init__(self, vocab_size: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocab_size, width))
        self.has_row_gradients = False
        self._looked_up: list[tuple[Tensor, Tensor]] | None = None  # ids and vectors; see late_rows
        self.initialise()

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the table anew."""
        nn.init.uniform_(self.weight, -SPREAD, SPREAD, generator=generator)

    def forward(self, ids: Tensor) -> Tensor:
        """Look words up; ids of any shape, vectors with one more dimension."""
        if self._looked_up is None:
            return functional.embedding(ids, self.weight, sparse=self.has_row_gradients)
        vectors = functional.embedding(ids, self.weight.detach()).requires_grad_()
        self._looked_up.append((ids, vectors))
        return vectors

    def hold_rows(self) -> None:
        """Keep the gradients of what is looked up from here on, until `add_rows`."""
        self._looked_up = []

    def add_rows(self) -> None:
        """Add the gradients kept to the dense one that the table has by now."""
        looked_up, self._looked_up = self._looked_up or [], None
        for ids, vectors in looked_up:
            if vectors.grad is not None and self.weight.grad is not None:
                at, rows = ids.reshape(1, -1), vectors.grad.reshape(-1, self.weight.shape[1])
                self.weight.grad += torch.sparse_coo_tensor(
                    at, rows, self.weight.shape, check_invariants=False
                )


@contextmanager
def late_rows(tables: Sequence[TableEmbedding]) -> Iterator[None]:
    """Add the rows looked up to the gradients of some tables when the block ends.

    For tables that a full softmax reads in the same block: their gradient is dense. Left to
    autograd, looking up would make a second one of the same size, nearly all zeros, to be added.
    """
    for table in tables:
        table.hold_rows()
    try:
        yield
    finally:
        for table in tables:
            table.add_rows()


@contextmanager
def row_gradients(tables: Sequence[TableEmbedding]) -> Iterator[None]:
    """Let some tables have sparse gradients while the block runs."""
    for table in tables:
        table.has_row_gradients = True
    try:
        yield
    finally:
        for table in tables:
            table.has_row_gradients = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BandsConfig:
    """Ranges of ids, frequent words first, and the width of their vectors."""

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

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw tables and projections so that every band's vectors have one spread."""
        for table in self.tables:
            nn.init.uniform_(table, -SPREAD, SPREAD, generator=generator)
        for projection in self.projections:
            bound = (3 / projection.shape[1]) ** 0.5
            nn.init.uniform_(projection, -bound, bound, generator=generator)

    def forward(self, ids: Tensor) -> Tensor:
        """Look words up; ids of any shape, vectors with one more dimension."""
        ordered, order = ids.flatten().sort()
        limits = torch.tensor(self.config.limits)
        ends = torch.searchsorted(ordered, limits).tolist()
        tokens = []
        for band, (first, last) in enumerate(pairwise((0, *ends))):
            if first < last:
                tokens.append(self._look_up(band, ordered[first:last]))
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order))
        return torch.cat(tokens)[back].view(*ids.shape, -1)

    def _look_up(self, band: int, ids: Tensor) -> Tensor:
        if band == 0:
            return functional.embedding(ids, self.tables[0])
        rows = ids - self.config.limits[band - 1]
        narrow = functional.embedding(rows, self.tables[band])
        return functional.linear(narrow, self.projections[band - 1])
