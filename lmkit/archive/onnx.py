"""The kind of models in ONNX graphs: answered by onnxruntime, without any weights of torch."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from typing_extensions import override

from lmkit.archive.kinds import ModelKind
from lmkit.archive.recurrent import RecurrentKind, read_shape
from lmkit.archive.writing import Write
from lmkit.core.errors import ModelError
from lmkit.core.json import JsonObject
from lmkit.models.onnx_lm import OnnxLM, open_session

_FIRST = "model"  # stem of the files without a prefix


@dataclass(frozen=True, slots=True)
class GraphFiles:
    """Names of the files of one network.

    Attributes:
        step: The graph of one step.
        sequence: The graph of sequences.
        layers: The same up to the hidden states; with `head` it is what lmkit asks.
        head: The graph of the output layer alone.
        weights: The weights of all four.
    """

    step: str
    sequence: str
    layers: str
    head: str
    weights: str

    @classmethod
    def of(cls, stem: str) -> "GraphFiles":
        """Return the names for a stem: "model", or "backward"."""
        prefix = "" if stem == _FIRST else f"{stem}-"
        return cls(
            f"{stem}.onnx",
            f"{prefix}sequence.onnx",
            f"{prefix}layers.onnx",
            f"{prefix}head.onnx",
            f"{stem}.onnx_data",
        )

    @property
    def all(self) -> tuple[str, ...]:
        """The names of all files."""
        return (self.step, self.sequence, self.layers, self.head, self.weights)


class OnnxKind(ModelKind[OnnxLM]):
    """Recurrent language models in ONNX graphs."""

    name = "onnx"
    model_type = OnnxLM

    @override
    def architecture(self, model: OnnxLM) -> JsonObject:
        return asdict(model.config.shape)

    @override
    def describe(self, architecture: JsonObject) -> JsonObject:
        return RecurrentKind().describe(architecture)

    @override
    def weights_file(self, stem: str) -> str:
        return GraphFiles.of(stem).step

    @override
    def files(self, model: OnnxLM, stem: str) -> Mapping[str, Write]:
        places = model.files.values()  # in the order of `GraphFiles.all`
        return {
            name: partial(shutil.copyfile, place)
            for name, place in zip(GraphFiles.of(stem).all, places, strict=True)
        }

    @override
    def read(self, files: Mapping[str, Path], stem: str, architecture: JsonObject) -> OnnxLM:
        config = read_shape(architecture)
        names = GraphFiles.of(stem)
        if missing := [name for name in names.all if name not in files]:
            raise ModelError(
                f"the model folder is damaged: its manifest does not list {missing[0]}"
            )
        places = {name: files[name] for name in names.all}
        with _under_their_names(places) as folder:
            layers = open_session(folder / names.layers)
            head = open_session(folder / names.head)
        return OnnxLM(layers, head, config=config, files=places)


@contextmanager
def _under_their_names(places: Mapping[str, Path]) -> Iterator[Path]:
    """Give a folder in which each file has its own name: graphs name the file of their weights.

    Args:
        places: Where each file lies; while a model is being replaced some have temporary names.

    Yields:
        The folder they lie in, or one with copies of them.
    """
    if all(place.name == name for name, place in places.items()):
        yield next(iter(places.values())).parent
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, place in places.items():
            shutil.copyfile(place, Path(folder) / name)
        yield Path(folder)
