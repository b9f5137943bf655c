"""The models that a server has, by name, and the variants in which they are asked.

A name is a key of the registry and never a path.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from torch import Tensor

from lmkit.archive.build import build_model, rounded_model
from lmkit.archive.describe import describe
from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.locate import locate_model
from lmkit.archive.options import ModelOptions
from lmkit.archive.writing import CARD
from lmkit.core.errors import UsageError
from lmkit.core.json import JsonObject
from lmkit.inference.generate import banned_tokens
from lmkit.inference.reader import Reader
from lmkit.inference.vocabulary import Vocabulary
from lmkit.inference.writable import WritableTokens
from lmkit.language_model import LanguageModel
from lmkit.models.base import Model
from lmkit.models.directions import Directions
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.fast_step import FastStep
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.text.tokenizer import Tokenizer

Source: TypeAlias = LanguageModel | str | Path
Sources: TypeAlias = Mapping[str, Source] | Sequence[Source]

QUICK = 1_000_000  # weights from which 8 bits are quicker


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantKey:
    """Options under which a model is asked, as a key.

    Attributes:
        model: Name of the model.
        adapters: Names of adapters; None takes those that were fitted.
        direction: "forward", "backward" or "both"; None takes what the model has.
        precision: "float32" or "int8".
    """

    model: str
    adapters: tuple[str, ...] | None = None
    direction: str | None = None
    precision: str = "float32"


@dataclass(frozen=True, eq=False)
class Variant:
    """A model under some options.

    Attributes:
        key: The options.
        vocabulary: The tokens.
        directions: The models that read.
        writable: Tells which tokens may follow others.
        banned: Tokens never written, boolean of shape (vocab,).
    """

    key: VariantKey
    vocabulary: Vocabulary
    directions: Directions
    writable: WritableTokens
    banned: Tensor

    @property
    def forward(self) -> Model:
        """The model that reads forward.

        Raises:
            UsageError: If there is none.
        """
        return Reader(vocabulary=self.vocabulary, trained=self.directions).forward


class ServedModel:
    """A model of the registry.

    Attributes:
        name: Its key.
        archive: The contents of its folder.
        card: Its model card, in Markdown; empty where there is none.
        vocabulary: Its tokens.
    """

    def __init__(self, name: str, archive: Archive, *, card: str = "") -> None:
        self.name = name
        self.card = card
        self.archive = archive
        self.vocabulary = Vocabulary(archive.tokenizer)
        self._writable = WritableTokens(self.vocabulary)
        self._banned = banned_tokens(self.vocabulary, ())
        self._variants: dict[VariantKey, Variant] = {}

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the model."""
        return self.archive.tokenizer

    @cached_property
    def info(self) -> JsonObject:
        """The kind, size and training of the model."""
        return describe(self.archive)

    @property
    def is_quicker_in_int8(self) -> bool:
        """True if 8 bits a weight are there and quicker: for larger LSTMs on the processor."""
        model = self.archive.model
        networks = model.models if isinstance(model, AverageLM) else (model,)
        return all(map(_is_quicker, networks))

    def variant(self, key: VariantKey) -> Variant:
        """Return the model under some options, built when first asked for.

        Raises:
            UsageError: If the model lacks what was asked for.
        """
        if key not in self._variants:
            archive = self._int8 if key.precision == "int8" else self.archive
            options = ModelOptions(adapters=key.adapters, direction=key.direction)
            directions = build_model(archive, options)
            self._variants[key] = Variant(
                key, self.vocabulary, directions, self._writable, self._banned
            )
        return self._variants[key]

    @cached_property
    def _int8(self) -> Archive:
        """The same with 8 bits a weight, laid out once for all variants."""
        backward = self.archive.backward
        behind = None if backward is None else rounded_model(backward)
        return replace(self.archive, model=rounded_model(self.archive.model), backward=behind)


class ModelRegistry:
    """Models by name; the first is used where a request names none."""

    def __init__(self, models: Mapping[str, ServedModel]) -> None:
        if not models:
            raise UsageError("there is no model to serve; name at least one")
        self._models = dict(models)

    @classmethod
    def open(cls, sources: Sources) -> "ModelRegistry":
        """Load models.

        Args:
            sources: Models, model folders or names of bundled models, by name or in order; a
                folder without a name is called as the folder is.

        Raises:
            ModelError: If a folder is missing, damaged or of a newer format.
            UsageError: If there is no model, or two have the same name.
        """
        named = sources.items() if isinstance(sources, Mapping) else _named(sources)
        models: dict[str, ServedModel] = {}
        for name, source in named:
            if name in models:
                raise UsageError(f"two models are called {name!r}; rename one of the folders")
            models[name] = _served(name, source)
        return cls(models)

    def __iter__(self) -> Iterator[ServedModel]:
        """Return the models, in order."""
        return iter(self._models.values())

    def get(self, name: str | None) -> ServedModel | None:
        """Return a model by its name, the first for None; None where there is none so called."""
        if name is None:
            return next(iter(self))
        return self._models.get(name)


def _is_quicker(model: object) -> bool:
    return (
        isinstance(model, RecurrentLM)
        and FastStep.supports(model.recurrent)
        and model.device.type == "cpu"
        and model.parameter_count() >= QUICK
    )


def _named(sources: Sequence[Source]) -> Iterator[tuple[str, Source]]:
    for number, source in enumerate(sources, start=1):
        if isinstance(source, LanguageModel):
            yield f"model-{number}", source
        else:
            yield Path(source).resolve().name, source


def _served(name: str, source: Source) -> ServedModel:
    if isinstance(source, LanguageModel):
        return ServedModel(name, source.archive)
    folder = locate_model(source)
    archive = load_archive(folder)
    card = folder / CARD
    text = card.read_text("utf-8", errors="replace") if card.is_file() else ""
    return ServedModel(name, archive, card=text)
