"""Traces of every gate and state while a text is read.

Exact and cheap: each layer is read once the fast way, then its gates follow from one product over
all positions. Knows no cell by name: `Cell.trace` does the work.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.cells.cell import Step
from lmkit.nn.state import State
from lmkit.results import GateTrace, LayerTrace, Rows
from lmkit.text.tokenizer import Tokenizer
from lmkit.text.words import split_words


def trace_text(model: RecurrentLM, tokenizer: Tokenizer, text: str) -> GateTrace:
    """Read a text from the beginning of a line and return the gates and states of every layer.

    Args:
        model: A recurrent model that reads forwards.
        tokenizer: Its tokens.
        text: At least one word.

    Returns:
        Gates and states, one row for each token of the text.
    """
    ids = tokenizer.encode(text)
    if not ids:
        raise UsageError("there is no word to trace in the text given")
    steps = trace_ids(model, [tokenizer.line_end_id, *ids], model.start(1))
    layers = tuple(_layer(step) for step in steps)
    return GateTrace(text, model.config.cell, words_of(tokenizer, text, ids), layers)


@torch.inference_mode()
def trace_ids(model: RecurrentLM, ids: Sequence[int], state: State) -> list[Step]:
    """Read ids and return the steps of each layer, lowest first.

    Args:
        model: A recurrent model.
        ids: At least one.
        state: State before the first, of batch size 1.

    Returns:
        For each layer a Step of tensors (time, 1, size).
    """
    x = model.embedding(torch.tensor(ids, device=model.device).unsqueeze(1))
    steps = []
    for cell, before in zip(model.recurrent.cells, state, strict=True):
        steps.append(cell.trace(x, before))
        x = steps[-1].output
    return steps


def words_of(tokenizer: Tokenizer, text: str, ids: Sequence[int]) -> tuple[str, ...]:
    """Return the label of each token: the word as given, where tokens are words."""
    words = split_words(text)
    if len(words) == len(ids):
        return tuple(words)
    texts = tokenizer.tokens.texts
    return tuple(texts[i].strip() or texts[i].replace("\n", "↵") for i in ids)


def _layer(step: Step) -> LayerTrace:
    gates = {name: _rows(value) for name, value in step.gates.items()}
    candidate = gates.pop("candidate")
    hidden = _rows(step.output)
    cell = _rows(step.state[1]) if len(step.state) > 1 else hidden
    return LayerTrace(gates, candidate, cell, hidden)


def _rows(values: Tensor) -> Rows:
    """Return (time, 1, size) as rows, without that of the line end read first."""
    return tuple(tuple(row) for row in values[1:, 0].tolist())
