"""Traces of gates and states for HTTP: as JSON, or as bytes of one level in 256."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.core.json import JsonObject
from lmkit.inference.trace import trace_ids, words_of
from lmkit.nn.cells.cell import Step
from lmkit.serve.asking import Asked
from lmkit.serve.demands import Alone, Strand

BYTES_MORE = 8  # times as many tokens may be traced where the answer is bytes
_LEVELS = 255

Part = NDArray[np.float32]  # shape (tokens, units)


@dataclass(frozen=True, slots=True)
class TracedLayer:
    """Gates and states of a layer, each of shape (tokens, units).

    Attributes:
        parts: The gates by name, then candidate, cell and hidden.
    """

    parts: dict[str, Part]


@dataclass(frozen=True, slots=True)
class Traced:
    """Gates and states of a text from one of its tokens on."""

    text: str
    kind: str
    tokens: tuple[str, ...]
    begin: int
    layers: tuple[TracedLayer, ...]

    def to_dict(self) -> JsonObject:
        """Return what `lmkit trace --json` prints, from the first token given on."""
        return {
            "text": self.text,
            "kind": self.kind,
            "from": self.begin,
            "words": list(self.tokens[self.begin :]),
            "layers": [_layer_dict(layer) for layer in self.layers],
        }

    def to_bytes(self) -> bytes:
        """Return the length of a header as 4 bytes, the header as JSON, and the numbers.

        The header names the part that stands at each offset, counted from the end of the header;
        a value is low + byte * (high - low) / 255, and those of a token stand together.
        """
        layers, body, offset = [], [], 0
        for layer in self.layers:
            parts = []
            for name, values in layer.parts.items():
                low, high, content = _quantised(values)
                parts.append({"name": name, "offset": offset, "low": low, "high": high})
                body.append(content)
                offset += len(content)
            layers.append({"units": next(iter(layer.parts.values())).shape[1], "parts": parts})
        header = {
            "tokens": list(self.tokens),
            "from": self.begin,
            "cell": self.kind,
            "layers": layers,
        }
        head = json.dumps(header, ensure_ascii=False).encode()
        return b"".join([len(head).to_bytes(4, "little"), head, *body])


def answer_trace(asked: Asked, text: str, *, begin: int, as_bytes: bool) -> Strand:
    """Answer with every gate and state while a text is read, as a dict or as bytes."""
    tokenizer, network = asked.model.tokenizer, asked.model.archive.network
    ids = tokenizer.encode(text)
    _check(asked, len(ids), begin, as_bytes=as_bytes)
    yield Alone()
    steps = trace_ids(network, [tokenizer.line_end_id, *ids], network.start(1))
    layers = tuple(TracedLayer(dict(_parts(step, begin + 1))) for step in steps)
    words = words_of(tokenizer, text, ids)
    traced = Traced(text, network.config.cell, words, begin, layers)
    return traced.to_bytes() if as_bytes else traced.to_dict()


def _check(asked: Asked, tokens: int, begin: int, *, as_bytes: bool) -> None:
    if not tokens:
        raise UsageError("there is no word to trace in the text given")
    if begin >= tokens:
        raise UsageError(f"the text has {tokens} tokens, so from is at most {tokens - 1}")
    asked.check(tokens)
    most = asked.limits.trace_tokens * (BYTES_MORE if as_bytes else 1)
    if tokens - begin > most:
        raise UsageError(
            f"{tokens - begin} tokens are more than {most} to trace at once; send a later from, "
            "or take application/octet-stream, which holds more"
        )


def _parts(step: Step, begin: int) -> Iterator[tuple[str, Part]]:
    """Yield gates and states, without the tokens before the first one given."""
    gates = dict(step.gates)
    candidate = gates.pop("candidate")
    for name, values in gates.items():
        yield name, _array(values, begin)
    hidden = step.output
    cell = step.state[1] if len(step.state) > 1 else hidden
    for name, values in (("candidate", candidate), ("cell", cell), ("hidden", hidden)):
        yield name, _array(values, begin)


def _array(values: Tensor, begin: int) -> Part:
    found: Part = values[begin:, 0].float().numpy()
    return found


def _layer_dict(layer: TracedLayer) -> JsonObject:
    parts = {name: values.tolist() for name, values in layer.parts.items()}
    states = {name: parts.pop(name) for name in ("candidate", "cell", "hidden")}
    return {"gates": parts, **states}


def _quantised(values: Part) -> tuple[float, float, bytes]:
    """Return the lowest value, the highest, and one byte a value."""
    low, high = float(values.min()), float(values.max())
    step = (high - low) / _LEVELS or 1.0
    return low, high, np.rint((values - low) / step).astype(np.uint8).tobytes()
