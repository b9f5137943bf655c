"""ONNX graphs of a recurrent language model, written by hand: step, sequence, and the two in parts.

The graphs of a network share one file of weights, in which each is stored once: a tied table is
looked up in for the ids and multiplied with for the probabilities.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from lmkit.archive.onnx import GraphFiles
from lmkit.core.errors import UsageError
from lmkit.core.version import __version__
from lmkit.interop.onnx.cells import Array, OnnxCell, onnx_cell
from lmkit.interop.onnx.weights import WeightsFile
from lmkit.models.onnx_lm import AFTER, HIDDEN, IDS, LOG_PROBS, StatePart, state_parts
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.embedding import TableEmbedding
from lmkit.nn.heads.full import FullHead

OPSET = 17
IR_VERSION = 8  # both of 2022: every onnxruntime from 1.13 on reads them
_TABLE = "embedding"

Size = str | int  # of an axis; a name where it is free


def write_graphs(model: RecurrentLM, folder: Path, names: GraphFiles) -> None:
    """Write the graphs of a network and the file of its weights.

    Args:
        model: A network that `require_exportable` let pass.
        folder: Where; it is there.
        names: Names of the files.

    Raises:
        UsageError: If the network has a cell or a head that no graph is written for.
    """
    require_exportable(model)
    with (folder / names.weights).open("wb") as file:
        weights = WeightsFile(file)
        for name, graph in (
            (names.step, step_graph(model, weights)),
            (names.sequence, sequence_graph(model, weights)),
            (names.layers, layers_graph(model, weights)),
            (names.head, head_graph(model, weights)),
        ):
            (folder / name).write_bytes(graph.SerializeToString(deterministic=True))


def require_exportable(model: RecurrentLM) -> None:
    """Refuse a network that cannot be written as ONNX graphs.

    Raises:
        UsageError: With the name of its cell or head, and those there are.
    """
    onnx_cell(model.recurrent.cells[0], model.config.cell)
    if not isinstance(model.head, FullHead) or not isinstance(model.embedding, TableEmbedding):
        raise UsageError(
            f"ONNX graphs are written for a full softmax, and this model has the head "
            f"{model.config.head!r}; train one with --set model.head=sampled or full"
        )


def step_graph(model: RecurrentLM, weights: WeightsFile) -> onnx.ModelProto:
    """Return the graph of one step.

    Inputs are `ids`, shape (batch,), and the parts of the state, (batch, width) each; outputs are
    `log_probs`, (batch, vocab), `hidden`, (batch, embedding), and the state after.
    """
    graph = _Graph(weights)
    graph.takes(IDS, TensorProto.INT64, ["batch"])
    row = graph.node("Unsqueeze", IDS, graph.axes(0))
    graph.node("Squeeze", _layers(graph, model, row), graph.axes(0), out=HIDDEN)
    _head(graph, model, HIDDEN, out=LOG_PROBS)
    graph.gives(LOG_PROBS, ["batch", model.vocab_size])
    graph.gives(HIDDEN, ["batch", model.config.embedding])
    return graph.finished("step")


def sequence_graph(model: RecurrentLM, weights: WeightsFile) -> onnx.ModelProto:
    """Return the graph of sequences of any batch and length.

    Inputs are `ids`, shape (batch, time), and the parts of the state, (batch, width) each; outputs
    are `log_probs`, (batch, time, vocab), `hidden`, (batch, time, embedding), and the state after.
    """
    graph = _Graph(weights)
    width, vocab_size = model.config.embedding, model.vocab_size
    _hidden(graph, model)
    rows = graph.node("Reshape", HIDDEN, graph.numbers([-1, width]))
    log_probs = _head(graph, model, rows)
    sizes = graph.node("Concat", graph.node("Shape", IDS), graph.numbers([vocab_size]), axis=0)
    graph.node("Reshape", log_probs, sizes, out=LOG_PROBS)
    graph.gives(LOG_PROBS, ["batch", "time", vocab_size])
    return graph.finished("sequence")


def layers_graph(model: RecurrentLM, weights: WeightsFile) -> onnx.ModelProto:
    """Return the graph of sequences up to the hidden states, without `log_probs`."""
    graph = _Graph(weights)
    _hidden(graph, model)
    return graph.finished("layers")


def head_graph(model: RecurrentLM, weights: WeightsFile) -> onnx.ModelProto:
    """Return the graph from `hidden`, shape (rows, width), to `log_probs`, (rows, vocab)."""
    graph = _Graph(weights)
    graph.takes(HIDDEN, TensorProto.FLOAT, ["rows", model.config.embedding])
    _head(graph, model, HIDDEN, out=LOG_PROBS)
    graph.gives(LOG_PROBS, ["rows", model.vocab_size])
    return graph.finished("head")


def _hidden(graph: "_Graph", model: RecurrentLM) -> None:
    """Add the layers from the input of ids, (batch, time), to the output of hidden states."""
    graph.takes(IDS, TensorProto.INT64, ["batch", "time"])
    shown = _layers(graph, model, graph.node("Transpose", IDS, perm=[1, 0]))
    graph.node("Transpose", shown, perm=[1, 0, 2], out=HIDDEN)
    graph.gives(HIDDEN, ["batch", "time", model.config.embedding])


def _layers(graph: "_Graph", model: RecurrentLM, ids: str) -> str:
    """Add the layers from ids, (time, batch), to what the head reads, (time, batch, width)."""
    cells = [onnx_cell(cell, model.config.cell) for cell in model.recurrent.cells]
    widths = [cell.hidden_size for cell in model.recurrent.cells]
    parts = state_parts(widths, cells[0].letters)
    outputs = [graph.node("Gather", graph.weight(_TABLE, _array(model.embedding.weight)), ids)]
    for part in parts:
        graph.takes(part.name, TensorProto.FLOAT, ["batch", part.width])
        graph.gives(part.name + AFTER, ["batch", part.width])
    for layer, cell in enumerate(cells):
        own = [part for part in parts if part.layer == layer]
        outputs.append(_layer(graph, cell, outputs[-1], own))
    return _projected(graph, model, outputs[1:])


def _layer(graph: "_Graph", cell: OnnxCell, inputs: str, state: Sequence[StatePart]) -> str:
    """Add one layer, from (time, batch, input) to (time, batch, hidden)."""
    prefix = f"layer{state[0].layer}"
    named = {name: graph.weight(f"{prefix}.{name}", array) for name, array in cell.weights.items()}
    before = [graph.node("Unsqueeze", part.name, graph.axes(0)) for part in state]
    peepholes = [named["P"]] if "P" in named else []
    after = [f"{prefix}.{name}" for name in ("Y", "Y_h", "Y_c")[: 1 + len(state)]]
    graph.add(
        cell.operator,
        [inputs, named["W"], named["R"], named["B"], "", *before, *peepholes],
        after,
        hidden_size=state[0].width,
        **cell.attributes,
    )
    for part, last in zip(state, after[1:], strict=True):
        graph.node("Squeeze", last, graph.axes(0), out=part.name + AFTER)
    return graph.node("Squeeze", after[0], graph.axes(1))


def _projected(graph: "_Graph", model: RecurrentLM, outputs: Sequence[str]) -> str:
    """Add the connection from the layers to the head."""
    project = model.project
    *below, last = outputs
    combined = last
    if project.weight is not None:
        table = graph.weight("project.last", _array(project.weight).T)
        combined = graph.node("MatMul", last, table)
    for depth, output in enumerate(below if project.source == "sum" else []):
        part = output
        if str(depth) in project.lower:
            lower = _array(project.lower[str(depth)]).T
            part = graph.node("MatMul", output, graph.weight(f"project.{depth}", lower))
        combined = graph.node("Add", combined, part)
    if project.bias is None:
        return combined
    return graph.node("Add", combined, graph.weight("project.bias", _array(project.bias)))


def _head(graph: "_Graph", model: RecurrentLM, rows: str, out: str | None = None) -> str:
    """Add the softmax, from (rows, width) to log-probabilities, (rows, vocab)."""
    head = model.head
    if not isinstance(head, FullHead):
        raise TypeError("not an exportable model")
    is_tied = head.weight is model.embedding.weight
    table = graph.weight(_TABLE if is_tied else "head.weight", _array(head.weight))
    bias = graph.weight("head.bias", _array(head.bias))
    scale = 1 / float(head.temperature)
    logits = graph.node("Gemm", rows, table, bias, transB=1, alpha=scale, beta=scale)
    return graph.node("LogSoftmax", logits, axis=-1, out=out)


class _Graph:
    """A graph being written: its nodes, inputs, outputs and weights."""

    def __init__(self, weights: WeightsFile) -> None:
        self._file = weights
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._constants: dict[str, TensorProto] = {}

    def takes(self, name: str, kind: int, shape: Sequence[Size]) -> None:
        """Add an input."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))

    def gives(self, name: str, shape: Sequence[Size]) -> None:
        """Add an output of float32."""
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        **attributes: Any,  # noqa: ANN401  # Any: whatever an operator takes
    ) -> None:
        """Add a node."""
        self._nodes.append(helper.make_node(operator, inputs, outputs, **attributes))

    def node(
        self,
        operator: str,
        *inputs: str,
        out: str | None = None,
        **attributes: Any,  # noqa: ANN401  # Any: whatever an operator takes
    ) -> str:
        """Add a node with one output and return its name."""
        name = out or f"{operator.lower()}{len(self._nodes)}"
        self.add(operator, inputs, [name], **attributes)
        return name

    def weight(self, name: str, array: Array) -> str:
        """Return the name of a weight of the shared file."""
        self._constants[name] = self._file.tensor(name, array)
        return name

    def axes(self, axis: int) -> str:
        """Return the name of a constant that names an axis."""
        return self.numbers([axis])

    def numbers(self, values: Sequence[int]) -> str:
        """Return the name of a constant of whole numbers."""
        name = "numbers" + "".join(f"_{value}" for value in values)
        array = np.array(values, dtype=np.int64)
        self._constants[name] = onnx.numpy_helper.from_array(array, name)
        return name

    def finished(self, name: str) -> onnx.ModelProto:
        """Return the graph as a model."""
        graph = helper.make_graph(
            self._nodes, name, self._inputs, self._outputs, list(self._constants.values())
        )
        return helper.make_model(
            graph,
            producer_name="lmkit",
            producer_version=__version__,
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )


def _array(weight: Any) -> Array:  # noqa: ANN401  # Any: a tensor, or a parameter of a registry
    array: Array = weight.detach().float().cpu().numpy()
    return array
