"""An LSTM stack for asking: no gradients, few operations a word, weights laid out once.

The fused kernel that training uses lays its weights out anew on every call, which costs more than
the step itself when the sequence is one word long. Here the three gates stand side by side so that
one call opens them all, and the product of the first layer with a word's vector is kept for the
next time that the word is read. How the products are worked out is chosen by who makes it.

What is built is a copy of the weights, not part of the model: `FastStep.is_current` says whether
the model has changed since.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lmkit.models.recurrent.products import FloatProduct, MakeProduct, Product
from lmkit.nn.cells.lstm import LSTMCell
from lmkit.nn.embedding import Embedding
from lmkit.nn.head_input import HeadInput
from lmkit.nn.recurrent import Recurrent
from lmkit.nn.state import LayerState, State

KEPT_BYTES = 128 * 2**20  # most memory for kept products of the first layer


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer's weights; outputs belong to the input, forget and output gate and candidate."""

    from_input: Product  # (input,) -> (4 hidden,)
    from_hidden: Product  # (hidden,) -> (4 hidden,), without a bias
    width: int  # 4 hidden


class FastStep:
    """Reads words, equal to the model's own way but for rounding."""

    def __init__(
        self,
        embedding: Embedding,
        recurrent: Recurrent,
        project: HeadInput,
        *,
        make: MakeProduct = FloatProduct,
    ) -> None:
        """Lay the weights out.

        Args:
            embedding: Ids to vectors.
            recurrent: Layers, all of them plain LSTM: see `supports`.
            project: From the outputs of all layers to what the head reads.
            make: How a product with weights is worked out.
        """
        self._embedding = embedding
        self._project = project
        self._parameters = [*embedding.parameters(), *recurrent.parameters()]
        self._versions = self._current_versions()
        cells = [cell for cell in recurrent.cells if isinstance(cell, LSTMCell)]
        self._layers = [_lay_out(cell, make) for cell in cells]
        self._products: _Products | None = None

    @staticmethod
    def supports(recurrent: Recurrent) -> bool:
        """Return whether every layer is a plain LSTM."""
        return all(type(cell) is LSTMCell for cell in recurrent.cells)

    def is_current(self) -> bool:
        """Return whether the weights are still those that were laid out."""
        return self._versions == self._current_versions()

    def read(self, ids: Tensor, state: State, *, vocab_size: int) -> tuple[Tensor, State]:
        """Read words one after another.

        Args:
            ids: Shape (batch, time).
            state: State before.
            vocab_size: Number of ids there are.

        Returns:
            What the head reads, shape (batch, time, width), and the state after.
        """
        if self._products is None:
            self._products = _Products(self._embedding, self._layers[0], vocab_size)
        batch, time = ids.shape
        sums = self._products.of(ids.t().reshape(-1))
        shown, own = _through(self._layers[0], sums.view(time, batch, -1), state[0])
        outputs, after = [shown], [own]
        for layer, before in zip(self._layers[1:], state[1:], strict=True):
            sums = layer.from_input.of(shown)
            shown, own = _through(layer, sums.view(time, batch, -1), before)
            outputs.append(shown)
            after.append(own)
        hidden: Tensor = self._project(outputs)
        return hidden.view(time, batch, -1).transpose(0, 1), tuple(after)

    def _current_versions(self) -> list[tuple[int, int]]:
        """Return what changes whenever a weight is replaced or written to."""
        return [(parameter.data_ptr(), parameter._version) for parameter in self._parameters]


class _Products:
    """The first layer's product with each word's vector, bias included, worked out once a word."""

    def __init__(self, embedding: Embedding, layer: _Layer, vocab_size: int) -> None:
        self._embedding = embedding
        self._layer = layer
        fits = 4 * layer.width * vocab_size <= KEPT_BYTES
        rows = vocab_size if fits else 0
        weight = next(embedding.parameters())
        self._table = weight.new_empty(rows, layer.width, requires_grad=False)
        self._stored: set[int] = set()  # numbers of the rows worked out

    def of(self, ids: Tensor) -> Tensor:
        """Return a fresh tensor of products, shape (ids, 4 hidden)."""
        if not self._table.shape[0]:
            return self._work_out(ids)
        unknown = set(ids.tolist()).difference(self._stored)
        if unknown:
            new = torch.tensor(sorted(unknown), device=ids.device)
            self._table[new] = self._work_out(new)
            self._stored |= unknown
        return self._table[ids]

    def _work_out(self, ids: Tensor) -> Tensor:
        return self._layer.from_input.of(self._embedding(ids))


def _lay_out(cell: LSTMCell, make: MakeProduct) -> _Layer:
    """Copy a cell's weights, the candidate put last."""
    i, f, g, o = torch.arange(4 * cell.hidden_size, device=cell.bias_input.device).chunk(4)
    order = torch.cat([i, f, o, g])
    bias = (cell.bias_input + cell.bias_hidden).detach()[order]
    return _Layer(
        from_input=make(cell.weight_input.detach()[order], bias),
        from_hidden=make(cell.weight_hidden.detach()[order], torch.zeros_like(bias)),
        width=len(order),
    )


def _through(layer: _Layer, sums: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
    """Read a sequence with one layer.

    Args:
        layer: The layer.
        sums: What the inputs add to the gates, shape (time, batch, 4 hidden); written over.
        state: (h, c) before.

    Returns:
        What the layer shows, shape (time x batch, hidden), and (h, c) after.
    """
    h, c = state
    shown = []
    for gates in sums.unbind():
        layer.from_hidden.add_to(gates, h)
        h, c = _open_gates(gates, c)
        shown.append(h)
    return h if len(shown) == 1 else torch.cat(shown), (h, c)


def _open_gates(gates: Tensor, c: Tensor) -> LayerState:
    """Turn sums into gates and gates into state; `gates` (batch, 4 hidden) is written over."""
    hidden = c.shape[1]
    opened = gates[:, : 3 * hidden].sigmoid_()
    candidate = gates[:, 3 * hidden :].tanh_()
    i, f, o = opened.chunk(3, dim=1)
    c = torch.addcmul(f * c, i, candidate)
    return o * torch.tanh(c), c
