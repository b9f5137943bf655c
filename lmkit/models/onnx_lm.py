"""A recurrent language model asked through onnxruntime, from graphs that `lmkit export` wrote.

The weights lie in the graphs' own file and are never torch tensors, so such a model can be asked
and neither trained nor looked into. Names and shapes of the graphs' inputs and outputs stand here,
where they are read; `lmkit/interop/onnx` writes them. Knows ids, not words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from lmkit.core.errors import Hint, MissingExtraError, ModelError
from lmkit.models.recurrent.prediction import RecurrentPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig
from lmkit.nn.state import State, join_rows, select_rows

IDS, HIDDEN, LOG_PROBS = "ids", "hidden", "log_probs"
AFTER = "_after"  # appended to the name of a part of the state where it is an output
_PART = re.compile(r"[hc](\d{1,3})")
_ROWS = 256  # rows whose probabilities are worked out together

Session: TypeAlias = Any  # Any: onnxruntime has no types


@dataclass(frozen=True, slots=True)
class StatePart:
    """One tensor of the state of a graph, of shape (batch, width).

    Attributes:
        name: Name of the input; the output has `AFTER` behind it.
        layer: Number of the layer, from 0.
        width: Its width.
    """

    name: str
    layer: int
    width: int


def state_parts(widths: Sequence[int], letters: str) -> tuple[StatePart, ...]:
    """Return the parts of a state, in the order of the graph's inputs: h0, c0, h1, c1, ...

    Args:
        widths: Units of each layer, lowest first.
        letters: "hc" for cells with a hidden and a cell state, "h" for others.
    """
    layers = enumerate(widths)
    return tuple(StatePart(f"{letter}{n}", n, width) for n, width in layers for letter in letters)


class OnnxLM:
    """A recurrent language model in ONNX graphs.

    Attributes:
        vocab_size: Number of ids.
        hidden_width: Width of the hidden states that the output layer reads.
        config: Shape of the network.
        files: Files that the graphs were read from, by their names in a model folder.
    """

    def __init__(
        self,
        layers: Session,
        head: Session,
        *,
        config: RecurrentLMConfig,
        files: Mapping[str, Path],
    ) -> None:
        """Ask two opened graphs; `open_session` opens them.

        Args:
            layers: Ids and state to hidden states and state, any batch and length.
            head: Hidden states, shape (rows, width), to log-probabilities, shape (rows, vocab).
            config: Shape of the network.
            files: The files of the graphs, by their names in a model folder.

        Raises:
            ModelError: If the graphs are not those of such a network.
        """
        self.config, self.files = config, dict(files)
        self.hidden_width, self.vocab_size = config.embedding, config.vocab_size
        self._parts = _parts_of(layers)
        names = [part.name for part in self._parts]
        self._wanted = [HIDDEN, *(name + AFTER for name in names)]
        self._layers, self._head = layers, _Head(head)
        self._require_shapes(head)

    def start(self, batch: int) -> State:
        """Return the state of having read nothing."""
        return self._nested([torch.zeros(batch, part.width) for part in self._parts])

    def read(self, ids: Tensor, state: State) -> tuple[RecurrentPrediction, State]:
        """Read ids and say what may come after each.

        Args:
            ids: Ids, shape (batch, time).
            state: State of everything read before.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        flat = [tensor.numpy() for layer in state for tensor in layer]
        names = [part.name for part in self._parts]
        fed = {IDS: ids.numpy().astype(np.int64, copy=False), **dict(zip(names, flat, strict=True))}
        hidden, *after = map(torch.from_numpy, self._layers.run(self._wanted, fed))
        return RecurrentPrediction(hidden, self._head), self._nested(after)

    def select(self, state: State, rows: Tensor | Sequence[int]) -> State:
        """Return the state of some rows, in the order asked for; a row may be repeated."""
        return select_rows(state, rows)

    def join(self, states: Sequence[State]) -> State:
        """Return one state that holds the rows of several, in the order given."""
        return join_rows(states)

    def _require_shapes(self, head: Session) -> None:
        """Refuse graphs that are not those of the architecture.

        Raises:
            ModelError: If a name or a width is another.
        """
        config = self.config
        hidden = [config.hidden] * (config.layers - 1) + [config.last_hidden or config.hidden]
        found = {value.name: value.shape[-1] for value in self._layers.get_outputs()}
        wanted = {HIDDEN: self.hidden_width}
        widths = dict(enumerate(hidden))
        wanted |= {part.name + AFTER: widths.get(part.layer, 0) for part in self._parts}
        layers = {part.layer for part in self._parts}
        heads = {value.name: value.shape[-1] for value in (*head.get_inputs(), *head.get_outputs())}
        wanted_of_head = {HIDDEN: self.hidden_width, LOG_PROBS: self.vocab_size}
        if (found, heads, layers) != (wanted, wanted_of_head, set(range(config.layers))):
            raise ModelError(
                "config.json describes a model that the ONNX graphs beside it do not hold; "
                "the folder is damaged"
            )

    def _nested(self, flat: Sequence[Tensor]) -> State:
        layers: dict[int, list[Tensor]] = {}
        for part, tensor in zip(self._parts, flat, strict=True):
            layers.setdefault(part.layer, []).append(tensor)
        return tuple(tuple(layer) for layer in layers.values())


def _parts_of(graph: Session) -> list[StatePart]:
    """Return the parts of the state that a graph takes, in its order.

    Raises:
        ModelError: If it takes something else.
    """
    found = []
    for value in graph.get_inputs():
        known = _PART.fullmatch(value.name)
        if known is not None:
            found.append(StatePart(value.name, int(known[1]), value.shape[-1]))
        elif value.name != IDS:
            raise ModelError(f"an ONNX graph of the folder wants {value.name!r}; it is damaged")
    return found


class _Head:
    """The output layer in a graph of its own, worked out when a probability is asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def log_probs(self, hidden: Tensor) -> Tensor:
        """Return log-probabilities of every id, shape (rows, vocab), from (rows, width)."""
        (found,) = self._session.run([LOG_PROBS], {HIDDEN: hidden.numpy()})
        return torch.from_numpy(found)

    def logits(self, hidden: Tensor) -> Tensor:
        """Return log-probabilities, shape (rows, vocab), from (rows, width)."""
        return self.log_probs(hidden)

    def log_prob_of(self, hidden: Tensor, ids: Tensor) -> Tensor:
        """Return the log-probability of one id per row, shape (rows,)."""
        parts = zip(torch.split(hidden, _ROWS), torch.split(ids, _ROWS), strict=True)
        found = [self.log_probs(rows).gather(1, wanted[:, None]) for rows, wanted in parts]
        return torch.cat(found)[:, 0]


def open_session(path: Path) -> Session:
    """Open a graph for the processor, with as many threads as torch takes.

    Args:
        path: The .onnx file; its weights lie beside it.

    Raises:
        MissingExtraError: If onnxruntime is not installed.
        ModelError: If the file is damaged.
    """
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # what a user can mend is raised, not logged
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _failures() as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"cannot read the graph in {path}: {reason}; it is damaged") from None


def _runtime() -> Session:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError(
            "a model in ONNX needs onnxruntime, which is not installed", hint=Hint.INSTALL_ONNX
        ) from error
    return onnxruntime


def _failures() -> tuple[type[Exception], ...]:
    """Return the errors of onnxruntime, which have no base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("Fail", "InvalidArgument", "NoSuchFile", "NoModel", "InvalidProtobuf", "InvalidGraph")
    more = ("RuntimeException", "NotImplemented", "EPFail", "EngineError")
    return (RuntimeError, OSError, *(getattr(state, name) for name in (*names, *more)))
