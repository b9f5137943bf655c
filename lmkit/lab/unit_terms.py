"""The arithmetic of one unit at one token: every product that its gates add up.

In a gru the recurrent terms of the candidate stand inside the reset gate.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.trace import trace_ids
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.cells.cell import Cell
from lmkit.results.lab_unit import GateTerms, UnitTerms
from lmkit.text.tokenizer import Tokenizer

_WEIGHTS = ("weight_input", "weight_hidden")
_BIASES = ("bias", "bias_input", "bias_hidden")


@torch.no_grad()
def unit_terms(
    model: RecurrentLM, tokenizer: Tokenizer, text: str, *, layer: int, unit: int, token: int
) -> UnitTerms:
    """Return the terms of every gate of one unit, while a text is read.

    Args:
        model: The network.
        tokenizer: Its tokens.
        text: What is read, from the beginning of a line.
        layer: Counted from 1.
        unit: Counted from 0.
        token: Counted from 0.

    Raises:
        UsageError: If there is no such layer, unit or token, or the cell is none of sums of one
            product with the input and one with the hidden state.
    """
    ids = tokenizer.encode(text)
    cell = _cell(model, layer, unit)
    if not 0 <= token < len(ids):
        raise UsageError(f"there is no token {token}: the text has {len(ids)}, counted from 0")
    read = [tokenizer.line_end_id, *ids[: token + 1]]
    steps = trace_ids(model, read, model.start(1))
    below = steps[layer - 2].output if layer > 1 else model.embedding(torch.tensor(read)[:, None])
    step, place = steps[layer - 1], token + 1
    x, h = below[place, 0], step.output[place - 1, 0]
    states = step.state[1] if len(step.state) > 1 else step.output
    values = {name: float(gate[place, 0, unit]) for name, gate in step.gates.items()}
    return UnitTerms(
        gates=_gates(cell, unit, x, h, values),
        x=tuple(x.tolist()),
        h=tuple(h.tolist()),
        cell_before=float(states[place - 1, 0, unit]),
        cell=float(states[place, 0, unit]),
        hidden=float(step.output[place, 0, unit]),
    )


def _cell(model: RecurrentLM, layer: int, unit: int) -> Cell:
    cells = model.recurrent.cells
    if not 1 <= layer <= len(cells):
        raise UsageError(f"there is no layer {layer}: the model has layers 1 to {len(cells)}")
    cell = cells[layer - 1]
    if not 0 <= unit < cell.hidden_size:
        raise UsageError(
            f"there is no unit {unit} in layer {layer}: its units are 0 to {cell.hidden_size - 1}"
        )
    blocks = len(cell.blocks or ("candidate",))
    weights = dict(cell.named_parameters())
    is_plain = weights.keys() <= {*_WEIGHTS, *_BIASES, "bias_candidate"}
    shapes = [(blocks * cell.hidden_size, size) for size in (cell.input_size, cell.hidden_size)]
    found = [tuple(weights[name].shape) for name in _WEIGHTS if name in weights]
    if not is_plain or found != shapes:
        raise UsageError(
            f"the arithmetic of a unit is there for cells like lstm, gru and elman, not for "
            f"{model.config.cell}"
        )
    return cell


def _gates(
    cell: Cell, unit: int, x: Tensor, h: Tensor, values: Mapping[str, float]
) -> dict[str, GateTerms]:
    weights = dict(cell.named_parameters(recurse=False))
    biases = [weights[name] for name in _BIASES if name in weights]
    found = {}
    for block, name in enumerate(cell.blocks or ("candidate",)):
        row = block * cell.hidden_size + unit
        found[name] = GateTerms(
            bias=sum(float(bias[row]) for bias in biases),
            input=tuple((weights["weight_input"][row] * x).tolist()),
            recurrent=tuple((weights["weight_hidden"][row] * h).tolist()),
            value=values[name],
        )
    return found
