"""A recurrent network as arrays of the page: rounded matrices, biases, and the facts to use them.

The names of the arrays and the order of the gates are read by
`lmkit/serve/static/engine/network.js`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.core.json import JsonObject
from lmkit.interop.html.blob import Array
from lmkit.interop.html.rounding import round_rows
from lmkit.models.base import Model
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.cells.cell import Cell
from lmkit.nn.embedding import TableEmbedding
from lmkit.nn.heads.full import FullHead

CELLS = ("lstm", "gru", "elman", "elman_relu")
WIDEST = 4096  # columns whose sums of whole numbers cannot overflow in the page


@dataclass(slots=True)
class PackedNetwork:
    """A network ready to be written.

    Attributes:
        facts: Shape and settings, for the header.
        arrays: Arrays by name.
    """

    facts: JsonObject
    arrays: dict[str, Array] = field(default_factory=dict)


def exportable(model: Model) -> RecurrentLM:
    """Return a model that the page can run.

    Raises:
        UsageError: If it cannot, with the reason.
    """
    if not isinstance(model, RecurrentLM):
        raise UsageError(
            f"a page holds recurrent models alone, and this is a {type(model).__name__}; "
            "train one with lmkit train"
        )
    config = model.config
    if config.cell not in CELLS:
        raise UsageError(
            f"the page knows the cells {', '.join(CELLS)}, and this model has {config.cell!r}; "
            "train one of these"
        )
    if not isinstance(model.head, FullHead) or not isinstance(model.embedding, TableEmbedding):
        raise UsageError(
            f"the page knows a full softmax, and this model has the head {config.head!r}; "
            "train one with --set model.head=sampled or full"
        )
    widest = max(config.hidden, config.last_hidden, config.embedding)
    if widest > WIDEST:
        raise UsageError(
            f"the page knows layers of up to {WIDEST:,} units, and this model has {widest:,}"
        )
    return model


def pack_network(model: RecurrentLM, name: str) -> PackedNetwork:
    """Return the arrays of a network.

    Args:
        model: A model that `exportable` returned.
        name: First part of the names of its arrays, e.g. "forward".

    Returns:
        Arrays and facts; a tied output matrix is the array of the embedding.
    """
    config, head = model.config, model.head
    if not isinstance(head, FullHead) or not isinstance(model.embedding, TableEmbedding):
        raise TypeError("not an exportable model")
    cells = model.recurrent.cells
    facts: JsonObject = {
        "cell": config.cell,
        "hidden": [cell.hidden_size for cell in cells],
        "embedding": config.embedding,
        "head_input": config.head_input,
        "temperature": float(head.temperature),
        "blocks": [*(cells[0].blocks or ("candidate",))],
        "parameters": model.parameter_count(),
    }
    packed = PackedNetwork(facts)
    _add_matrix(packed, f"{name}.embedding", model.embedding.weight)
    for depth, cell in enumerate(cells):
        _add_cell(packed, f"{name}.layer{depth}", cell)
    for part, weight in _projections(model):
        _add_matrix(packed, f"{name}.project.{part}", weight)
    if model.project.bias is not None:
        packed.arrays[f"{name}.project.bias"] = _vector(model.project.bias)
    _add_matrix(packed, f"{name}.head", head.weight)
    packed.arrays[f"{name}.head.bias"] = _vector(head.bias)
    return packed


def _add_cell(packed: PackedNetwork, name: str, cell: Cell) -> None:
    parameters = dict(cell.named_parameters(recurse=False))
    _add_matrix(packed, f"{name}.input", parameters["weight_input"])
    _add_matrix(packed, f"{name}.hidden", parameters["weight_hidden"])
    if "bias_input" in parameters:
        bias = parameters["bias_input"] + parameters["bias_hidden"]
    else:
        bias = parameters["bias"]
    packed.arrays[f"{name}.bias"] = _vector(bias)
    if "bias_candidate" in parameters:
        packed.arrays[f"{name}.bias_candidate"] = _vector(parameters["bias_candidate"])


def _projections(model: RecurrentLM) -> Iterator[tuple[str, Tensor]]:
    if model.project.weight is not None:
        yield "last", model.project.weight
    yield from model.project.lower.items()


def _add_matrix(packed: PackedNetwork, name: str, weight: Tensor) -> None:
    rounded = round_rows(weight)
    packed.arrays[f"{name}.values"] = rounded.values.cpu().numpy()
    packed.arrays[f"{name}.steps"] = rounded.steps.cpu().numpy()


def _vector(values: Tensor) -> Array:
    return values.detach().float().cpu().numpy().astype(np.float32)
