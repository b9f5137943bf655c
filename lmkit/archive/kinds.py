"""Kinds of models that a folder can hold: a new kind is one file and one line here.

A folder names its kind in config.json. The kind knows the architecture and the files of the
weights; everything else of a folder is the same for all: tokenizer, stack, card, manifest.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from lmkit.archive.writing import Write
from lmkit.core.errors import ModelError, UsageError
from lmkit.core.json import Json, JsonObject
from lmkit.core.registry import Registry
from lmkit.models.base import Model
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

M = TypeVar("M", bound=Model)


class ModelKind(ABC, Generic[M]):
    """Reads and writes the models of one kind.

    Attributes:
        name: Name in `KINDS` and in config.json.
        model_type: Class of the models.
    """

    name: ClassVar[str]
    model_type: type[M]

    @abstractmethod
    def architecture(self, model: M) -> JsonObject:
        """Return the shape of a model as config.json holds it: nothing that concerns training."""

    @abstractmethod
    def describe(self, architecture: JsonObject) -> JsonObject:
        """Return what `info` shows of an architecture, without any weights.

        Args:
            architecture: As config.json holds it.

        Returns:
            At least `vocabulary`, `cell`, `layers`, `hidden` and `parameters`.

        Raises:
            ModelError: If a key is unknown or missing, or a value is none.
        """

    @abstractmethod
    def weights_file(self, stem: str) -> str:
        """Return the name of the file that every model of this kind has.

        Args:
            stem: "model", or "backward" for the one that reads from right to left.
        """

    @abstractmethod
    def files(self, model: M, stem: str) -> Mapping[str, Write]:
        """Return the function that writes each file of a model, by name.

        Args:
            model: The model.
            stem: As in `weights_file`.
        """

    @abstractmethod
    def read(self, files: Mapping[str, Path], stem: str, architecture: JsonObject) -> M:
        """Read a model.

        Args:
            files: Where each checked file of the folder lies, by name.
            stem: As in `weights_file`.
            architecture: As config.json holds it.

        Returns:
            The model, ready to be asked.

        Raises:
            ModelError: If architecture and weights do not fit each other.
        """

    def network(self, model: M, number: int = 1) -> RecurrentLM:
        """Return the recurrent network to look inside.

        Args:
            model: The model.
            number: Which one, counted from 1, where the model has several.

        Raises:
            UsageError: If a model of this kind has none, or not so many.
        """
        if isinstance(model, RecurrentLM):
            if number != 1:
                raise UsageError(f"the folder has one network; there is no network {number}")
            return model
        raise UsageError(f"a model of the kind {self.name!r} has no recurrent network to inspect")


# Any model: each kind has a class of its own, `ModelKind` relates them.
KINDS: Registry[type[ModelKind[Json]]] = Registry(
    "kind of model",
    {
        "recurrent": "lmkit.archive.recurrent:RecurrentKind",
        "average": "lmkit.archive.average:AverageKind",
        "onnx": "lmkit.archive.onnx:OnnxKind",
    },
)


def numbered(stem: str, number: int) -> str:
    """Return the stem of the file of one of several networks: model, model-2, model-3.

    Args:
        stem: "model" or "backward".
        number: Of the network, from 1.
    """
    return stem if number == 1 else f"{stem}-{number}"


def kind_named(name: object) -> ModelKind[Json]:
    """Return the kind that config.json names.

    Raises:
        ModelError: If this lmkit has no such kind.
    """
    if not isinstance(name, str) or name not in KINDS:
        raise ModelError(
            f"config.json names a kind of model that this lmkit cannot read: {name!r}; "
            f"it reads {', '.join(KINDS.names())}"
        )
    return KINDS.get(name)()


def kind_of(model: Model) -> ModelKind[Json]:
    """Return the kind of a model.

    Raises:
        UsageError: If no kind stores such models.
    """
    for name in KINDS:
        kind = KINDS.get(name)()
        if isinstance(model, kind.model_type):
            return kind
    raise UsageError(f"a {type(model).__name__} cannot be stored in a model folder")
