"""One step of an LSTM stack for asking: one word per row, no gradients, few operations.

The fused kernel that training uses lays its weights out anew on every call, which costs more than
the step itself when the sequence is one word long. Here the weights are laid out once: transposed,
the three gates side by side so that one call opens them all, and the product of the first layer
with a word's vector kept for the next time that the word is read.

What is built is a copy of the weights, not part of the model: `FastStep.is_current` says whether
the model has changed since.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lmkit.nn.cells.lstm import LSTMCell
from lmkit.nn.embedding import Embedding
from lmkit.nn.recurrent import Recurrent
from lmkit.nn.state import LayerState, State

KEPT_BYTES = 128 * 2**20  # most memory for kept products of the first layer


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer's weights; columns belong to the input, forget and output gate and candidate."""

    from_input: Tensor  # (input, 4 hidden)
    from_hidden: Tensor  # (hidden, 4 hidden)
    bias: Tensor  # (4 hidden,)


class FastStep:
    """Reads one word per row, equal to the model's own way but for rounding."""

    def __init__(self, embedding: Embedding, recurrent: Recurrent, project: nn.Module) -> None:
        """Lay the weights out.

        Args:
            embedding: Ids to vectors.
            recurrent: Layers, all of them plain LSTM: see `supports`.
            project: What follows the last layer.
        """
        self._embedding = embedding
        self._project = project
        self._parameters = [*embedding.parameters(), *recurrent.parameters()]
        self._versions = self._current_versions()
        self._layers = [_lay_out(cell) for cell in recurrent.cells if isinstance(cell, LSTMCell)]
        self._products: _Products | None = None

    @staticmethod
    def supports(recurrent: Recurrent) -> bool:
        """Return whether every layer is a plain LSTM."""
        return all(type(cell) is LSTMCell for cell in recurrent.cells)

    def is_current(self) -> bool:
        """Return whether the weights are still those that were laid out."""
        return self._versions == self._current_versions()

    def read(self, ids: Tensor, state: State, *, vocab_size: int) -> tuple[Tensor, State]:
        """Read one word per row.

        Args:
            ids: Shape (batch,).
            state: Memory before.
            vocab_size: Number of ids there are.

        Returns:
            What the head reads, shape (batch, width), and the memory after.
        """
        if self._products is None:
            self._products = _Products(self._embedding, self._layers[0], vocab_size)
        gates = self._products.of(ids)
        after: list[LayerState] = []
        for depth, (layer, (h, c)) in enumerate(zip(self._layers, state, strict=True)):
            if depth:
                gates = torch.addmm(layer.bias, after[-1][0], layer.from_input)
            after.append(_open_gates(gates.addmm_(h, layer.from_hidden), c))
        shown: Tensor = self._project(after[-1][0])
        return shown, tuple(after)

    def _current_versions(self) -> list[tuple[int, int]]:
        """Return what changes whenever a weight is replaced or written to."""
        return [(parameter.data_ptr(), parameter._version) for parameter in self._parameters]


class _Products:
    """The first layer's product with each word's vector, bias included, worked out once a word."""

    def __init__(self, embedding: Embedding, layer: _Layer, vocab_size: int) -> None:
        self._embedding = embedding
        self._layer = layer
        fits = layer.bias.nbytes * vocab_size <= KEPT_BYTES
        rows = vocab_size if fits else 0
        self._table = layer.bias.new_empty(rows, len(layer.bias))
        self._known = torch.zeros(rows, dtype=torch.bool)

    def of(self, ids: Tensor) -> Tensor:
        """Return a fresh tensor of products, shape (batch, 4 hidden)."""
        if not len(self._known):
            return self._work_out(ids)
        known = self._known[ids]
        if not known.all():
            new = ids[~known].unique()  # type: ignore[no-untyped-call]
            self._table[new] = self._work_out(new)
            self._known[new] = True
        return self._table[ids]

    def _work_out(self, ids: Tensor) -> Tensor:
        return torch.addmm(self._layer.bias, self._embedding(ids), self._layer.from_input)


def _lay_out(cell: LSTMCell) -> _Layer:
    """Copy a cell's weights, its rows turned into columns and the candidate put last."""
    i, f, g, o = torch.arange(4 * cell.hidden_size).chunk(4)
    order = torch.cat([i, f, o, g])
    return _Layer(
        from_input=cell.weight_input.detach()[order].t().contiguous(),
        from_hidden=cell.weight_hidden.detach()[order].t().contiguous(),
        bias=(cell.bias_input + cell.bias_hidden).detach()[order],
    )


def _open_gates(gates: Tensor, c: Tensor) -> LayerState:
    """Turn sums into gates and gates into memory; `gates` (batch, 4 hidden) is written over."""
    hidden = c.shape[1]
    opened = gates[:, : 3 * hidden].sigmoid_()
    candidate = gates[:, 3 * hidden :].tanh_()
    i, f, o = opened.chunk(3, dim=1)
    c = torch.addcmul(f * c, i, candidate)
    return o * torch.tanh(c), c
