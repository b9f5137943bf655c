"""Recurrent layers as operators of ONNX: their weights, in the order of the operator's gates.

LSTM has its gates in the order i, o, f, c and GRU in z (our update gate), r, h. The variants of the
LSTM that Greff et al. compare are the same operator: with a gate held open by its bias, a linear
activation, coupled gates or peepholes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lmkit.core.errors import UsageError
from lmkit.nn.cells.cell import Cell

Array = NDArray[np.float32]

OPEN = 50.0  # bias of a gate that is held open: its sigmoid is 1 in 32 bits
_LSTM_GATES = ("input", "output", "forget", "candidate")
_TANH, _SIGMOID, _LINEAR = "Tanh", "Sigmoid", "Affine"


@dataclass(frozen=True, slots=True)
class OnnxCell:
    """One layer as an operator.

    Attributes:
        operator: "LSTM", "GRU" or "RNN".
        letters: Parts of its state: "hc" or "h".
        weights: Its weights by the operator's names: W, R, B and, with peepholes, P.
        attributes: Its attributes beside the size.
    """

    operator: str
    letters: str
    weights: Mapping[str, Array]
    attributes: Mapping[str, object] = field(default_factory=dict)


def onnx_cell(cell: Cell, name: str) -> OnnxCell:
    """Return a recurrent layer as an operator of ONNX.

    Args:
        cell: The layer.
        name: Its name in `CELLS`.

    Raises:
        UsageError: If no operator has its equations.
    """
    if name not in _MAKERS:
        raise UsageError(
            f"ONNX has no operator with the equations of the cell {name!r}; those that can be "
            f"exported are {', '.join(_MAKERS)}"
        )
    return _MAKERS[name](cell)


def _lstm(cell: Cell, activations: Sequence[str] = ()) -> OnnxCell:
    arrays = _arrays(cell)
    own = arrays["bias"] if "bias" in arrays else arrays["bias_input"]
    more = arrays.get("bias_hidden", np.zeros_like(own))
    weights = {
        "W": _reordered(cell, arrays["weight_input"])[None],
        "R": _reordered(cell, arrays["weight_hidden"])[None],
        "B": np.concatenate([_reordered(cell, own, OPEN), _reordered(cell, more)])[None],
    }
    if "peepholes" in arrays:  # of the input, the forget and the output gate
        weights["P"] = arrays["peepholes"][[0, 2, 1]].reshape(1, -1)
    attributes: dict[str, object] = {}
    if activations:  # the one that takes numbers gets 1 x + 0
        attributes = {"activations": [*activations]}
        attributes |= {"activation_alpha": [1.0], "activation_beta": [0.0]}
    return OnnxCell("LSTM", "hc", weights, attributes)


def _coupled(cell: Cell) -> OnnxCell:
    """Return the LSTM whose forget gate is 1 minus its input gate: sigmoid(-x) = 1 - sigmoid(x)."""
    made = _lstm(cell)
    size = cell.hidden_size
    weights = {name: array.copy() for name, array in made.weights.items()}
    for name in ("W", "R"):
        weights[name][:, 2 * size : 3 * size] = -weights[name][:, :size]
    weights["B"][:, 2 * size : 3 * size] = -weights["B"][:, :size]
    return OnnxCell(made.operator, made.letters, weights, made.attributes)


def _reordered(cell: Cell, rows: Array, absent: float = 0.0) -> Array:
    """Return the rows of each gate in the operator's order, `absent` for gates there are not."""
    size = cell.hidden_size
    parts = []
    for gate in _LSTM_GATES:
        if gate in cell.blocks:
            begin = cell.blocks.index(gate) * size
            parts.append(rows[begin : begin + size])
        else:
            parts.append(np.full_like(rows[:size], absent))
    return np.concatenate(parts)


def _gru(cell: Cell) -> OnnxCell:
    arrays = _arrays(cell)
    size = cell.hidden_size
    order = np.concatenate(
        [np.arange(size, 2 * size), np.arange(size), np.arange(2 * size, 3 * size)]
    )
    inside = np.concatenate([np.zeros(2 * size, np.float32), arrays["bias_candidate"]])
    weights = {
        "W": arrays["weight_input"][order][None],
        "R": arrays["weight_hidden"][order][None],
        "B": np.concatenate([arrays["bias"][order], inside])[None],
    }
    return OnnxCell("GRU", "h", weights, {"linear_before_reset": 1})


def _elman(cell: Cell, activation: str) -> OnnxCell:
    arrays = _arrays(cell)
    bias = np.concatenate([arrays["bias"], np.zeros_like(arrays["bias"])])
    weights = {
        "W": arrays["weight_input"][None],
        "R": arrays["weight_hidden"][None],
        "B": bias[None],
    }
    return OnnxCell("RNN", "h", weights, {"activations": [activation]})


def _arrays(cell: Cell) -> dict[str, Array]:
    named = cell.named_parameters(recurse=False)
    return {name: value.detach().float().cpu().numpy() for name, value in named}


_MAKERS: Mapping[str, Callable[[Cell], OnnxCell]] = {
    "lstm": _lstm,
    "gru": _gru,
    "elman": lambda cell: _elman(cell, "Tanh"),
    "elman_relu": lambda cell: _elman(cell, "Relu"),
    "nig": _lstm,
    "nfg": _lstm,
    "nog": _lstm,
    "niaf": lambda cell: _lstm(cell, (_SIGMOID, _LINEAR, _TANH)),
    "noaf": lambda cell: _lstm(cell, (_SIGMOID, _TANH, _LINEAR)),
    "cifg": _coupled,
    "peepholes": _lstm,
}
