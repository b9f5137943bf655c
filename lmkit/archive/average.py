"""The kind of several averaged networks: one architecture, a safetensors file for each network."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from typing_extensions import override

from lmkit.archive.kinds import ModelKind, numbered
from lmkit.archive.recurrent import RecurrentKind, read_shape
from lmkit.archive.writing import Write
from lmkit.core.errors import ModelError, UsageError
from lmkit.core.json import JsonObject
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

MOST_MODELS = 64
COUNT = "models"  # key of the architecture: how many networks there are


class AverageKind(ModelKind[AverageLM]):
    """Averages of recurrent language models of one architecture."""

    name = "average"
    model_type = AverageLM

    def __init__(self) -> None:
        self._one = RecurrentKind()

    @override
    def architecture(self, model: AverageLM) -> JsonObject:
        shapes = [self._one.architecture(network) for network in _networks(model)]
        if any(shape != shapes[0] for shape in shapes):
            raise UsageError("networks of different architectures cannot share a model folder")
        return {**shapes[0], COUNT: len(shapes)}

    @override
    def describe(self, architecture: JsonObject) -> JsonObject:
        shape, count = _split(architecture)
        facts = self._one.describe(shape)
        return {**facts, "parameters": facts["parameters"] * count, "models": count}

    @override
    def weights_file(self, stem: str) -> str:
        return self._one.weights_file(stem)

    @override
    def files(self, model: AverageLM, stem: str) -> Mapping[str, Write]:
        parts = {
            self._file(stem, number): network for number, network in enumerate(_networks(model), 1)
        }
        return {file: partial(self._write, network, stem) for file, network in parts.items()}

    @override
    def read(self, files: Mapping[str, Path], stem: str, architecture: JsonObject) -> AverageLM:
        shape, count = _split(architecture)
        names = [self._file(stem, number) for number in range(1, count + 1)]
        if missing := [name for name in names if name not in files]:
            raise ModelError(
                f"the model folder is damaged: its manifest does not list {missing[0]}"
            )
        file = self.weights_file(stem)
        return AverageLM([self._one.read({file: files[name]}, stem, shape) for name in names])

    @override
    def network(self, model: AverageLM, number: int = 1) -> RecurrentLM:
        networks = _networks(model)
        if not 1 <= number <= len(networks):
            raise UsageError(
                f"the folder has {len(networks)} networks; there is no network {number}"
            )
        return networks[number - 1]

    def _write(self, network: RecurrentLM, stem: str, path: Path) -> None:
        self._one.files(network, stem)[self.weights_file(stem)](path)

    def _file(self, stem: str, number: int) -> str:
        return self.weights_file(numbered(stem, number))


def _networks(model: AverageLM) -> list[RecurrentLM]:
    if len(model.networks) < len(model.models):
        raise UsageError("networks rounded to 8 bits cannot be stored; store them as trained")
    return model.networks


def _split(architecture: JsonObject) -> tuple[JsonObject, int]:
    """Return the architecture of each network, and how many there are."""
    shape = {key: value for key, value in architecture.items() if key != COUNT}
    count = architecture.get(COUNT)
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_MODELS:
        raise ModelError(f"config.json: models is {count!r}, not a number from 1 to {MOST_MODELS}")
    read_shape(shape)
    return shape, count
