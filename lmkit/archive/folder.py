"""The model folder: read after every byte was checked, written beside whatever else lies there.

Layout: `model.safetensors`, `config.json`, `tokenizer.json`, `manifest.json` (SHA-256 of every
other file), `README.md`, `metrics.jsonl`, `backward.safetensors` where there is a model that reads
from right to left, a file for each adapter that needs one, and `training/` for resuming, which the
manifest leaves out. No pickle.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
from torch import nn

from lmkit.archive import version_1
from lmkit.archive.kinds import kind_named, kind_of
from lmkit.archive.layout import (
    BACKWARD,
    CONFIG,
    METRICS,
    MODEL,
    OWN_TOKENIZER,
    REQUIRED,
    TOKENIZER,
    TRAINING,
)
from lmkit.archive.locate import bundled_models
from lmkit.archive.manifest import (
    place_of,
    read_json,
    read_manifest,
    unchanged,
    verify_files,
)
from lmkit.archive.writing import CARD, Write, write_folder
from lmkit.core.errors import Hint, ModelError
from lmkit.core.files import encoded, json_bytes
from lmkit.core.json import JsonObject
from lmkit.models.adapters.stack import Stack, StackEntry, adapter_of, fitted_names, read_entry
from lmkit.models.base import Model
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.text.tokenizer import Tokenizer

FORMAT_VERSION = 2
_DERIVED = ("format_version", "kind", "architecture", "unit", "stack")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Contents of a model folder.

    Attributes:
        model: The forward model, or the backward one where `facts["direction"]` is "backward".
        tokenizer: Its tokens.
        facts: config.json: `direction`, `training`, `backward_weight` where one was fitted, and
            what follows from the other attributes.
        backward: The model that reads from right to left, beside one that reads forward.
        stack: Adapters that were fitted with the model, lowest first.
    """

    model: Model
    tokenizer: Tokenizer
    facts: JsonObject = field(default_factory=dict)
    backward: Model | None = None
    stack: Stack = ()

    @property
    def network(self) -> RecurrentLM:
        """The recurrent network to look inside; the first, where several are averaged.

        Raises:
            UsageError: If the model is of a kind without one.
        """
        return self.network_at(1)

    def network_at(self, number: int) -> RecurrentLM:
        """Return a recurrent network to look inside, where several are averaged.

        Args:
            number: Which one, counted from 1.

        Raises:
            UsageError: If the model has not so many.
        """
        return kind_of(self.model).network(self.model, number)

    @property
    def ngram(self) -> NGram | None:
        """The n-gram of the training text; None where the folder has none."""
        assets = [entry.asset for entry in self.stack if entry.name == "ngram"]
        return next((asset for asset in assets if isinstance(asset, NGram)), None)

    @property
    def fitted(self) -> tuple[str, ...]:
        """The adapters that are used by default."""
        return fitted_names(self.stack)

    def to(self, device: torch.device) -> "Archive":
        """Return the archive with its networks on a device."""
        backward = None if self.backward is None else _moved(self.backward, device)
        return replace(self, model=_moved(self.model, device), backward=backward)


def save_archive(folder: Path, archive: Archive, *, card: str = "", metrics: str = "") -> None:
    """Write a model folder, file by file; files in it that lmkit did not write are left alone.

    Args:
        folder: Where; a model already there stays whole until the new one is.
        archive: What to write. `facts` is completed with what follows from the model.
        card: README.md, the model card.
        metrics: metrics.jsonl, one event a line.

    Raises:
        LmkitError: If the folder cannot be written or the disk is full; the model that was there
            is then as it was.
    """
    write_folder(folder, archive_files(archive, card=card, metrics=metrics))


def load_archive(folder: Path) -> Archive:
    """Read a model folder, after checking every byte of it but those of the card.

    Args:
        folder: The model folder.

    Returns:
        The models in evaluation mode, the tokenizer, the stack and the facts.

    Raises:
        ModelError: If the folder is missing, damaged, of a newer format, or being replaced.
    """
    _require_folder(folder)
    with unchanged(folder):
        facts = read_facts(folder)
        files = verify_files(folder, required=REQUIRED, unchecked=(CARD,))
        return _read(files, facts)


def read_facts(folder: Path) -> JsonObject:
    """Read config.json alone, without the weights, as the facts of today's format.

    Args:
        folder: The model folder.

    Returns:
        The facts; `format_version` is that of the folder.

    Raises:
        ModelError: If the folder is missing, no model folder, or of a newer format.
    """
    _require_folder(folder)
    path = place_of(folder, CONFIG)
    if not path.is_file():
        raise _no_model(folder)
    facts = read_json(path)
    version = _checked_version(folder, facts)
    if version == version_1.VERSION:
        facts = version_1.upgrade(facts, read_manifest(folder).files)
    for name, kind in (("architecture", dict), ("training", dict), ("stack", list)):
        if not isinstance(facts.get(name, kind()), kind):
            raise ModelError(
                f"{folder / CONFIG}: {name} is not a JSON object; the folder is damaged"
            )
    return facts


def complete_facts(archive: Archive) -> JsonObject:
    """Return what config.json says: the given facts and what follows from the model."""
    kind = kind_of(archive.model)
    return {
        "format_version": FORMAT_VERSION,
        "kind": kind.name,
        "architecture": kind.architecture(archive.model),
        "unit": archive.tokenizer.config.unit,
        "direction": "forward",
        "stack": [entry.to_dict() for entry in archive.stack],
        "training": {},
        **{key: value for key, value in archive.facts.items() if key not in _DERIVED},
    }


def archive_files(archive: Archive, *, card: str = "", metrics: str = "") -> Mapping[str, Write]:
    """Return the function that writes each file of a model folder, by name.

    Args:
        archive: What to write.
        card: README.md.
        metrics: metrics.jsonl.
    """
    kind = kind_of(archive.model)
    files = dict(kind.files(archive.model, MODEL))
    if archive.backward is not None:
        files |= kind_of(archive.backward).files(archive.backward, BACKWARD)
    for entry in archive.stack:
        file = adapter_of(entry.name).file
        if file is not None and entry.asset is not None:
            files[file] = partial(_write_asset, entry)
    return {
        **files,
        TOKENIZER: _bytes(encoded(archive.tokenizer.to_json())),
        CONFIG: _bytes(json_bytes(complete_facts(archive))),
        CARD: _bytes(encoded(card)),
        METRICS: _bytes(encoded(metrics)),
    }


def _bytes(content: bytes) -> Write:
    return lambda path: path.write_bytes(content)


def _write_asset(entry: StackEntry, path: Path) -> None:
    if isinstance(entry.asset, Path):
        shutil.copyfile(entry.asset, path)
    else:
        adapter_of(entry.name).save(entry.asset, path)


def _read(files: Mapping[str, Path], facts: JsonObject) -> Archive:
    kind = kind_named(facts.get("kind"))
    architecture = facts.get("architecture", {})
    if kind.weights_file(MODEL) not in files:
        raise ModelError(
            f"{files[CONFIG].parent} is damaged: its manifest does not list "
            f"{kind.weights_file(MODEL)}"
        )
    model = kind.read(files, MODEL, architecture)
    has_backward = kind.weights_file(BACKWARD) in files
    return Archive(
        model=model,
        tokenizer=_read_tokenizer(files.get(OWN_TOKENIZER, files[TOKENIZER]), model.vocab_size),
        facts=facts,
        backward=kind.read(files, BACKWARD, architecture) if has_backward else None,
        stack=tuple(_read_entry(stored, files, model) for stored in facts.get("stack", [])),
    )


def _read_entry(stored: object, files: Mapping[str, Path], model: Model) -> StackEntry:
    entry = read_entry(stored)
    adapter = adapter_of(entry.name)
    if adapter.file is None or adapter.file not in files:
        return entry
    return replace(entry, asset=adapter.load(files[adapter.file], model))


def _read_tokenizer(path: Path, vocab_size: int) -> Tokenizer:
    tokenizer = Tokenizer.load(path)
    if tokenizer.vocab_size != vocab_size:
        raise ModelError(
            f"{path} has {tokenizer.vocab_size} tokens, but the model has {vocab_size}; "
            "the folder is damaged"
        )
    return tokenizer


def _checked_version(folder: Path, facts: JsonObject) -> int:
    version = facts.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ModelError(f"{folder / CONFIG} has no format_version; it is damaged")
    if version > FORMAT_VERSION:
        raise ModelError(
            f"{folder} has format {version}, but this lmkit reads up to {FORMAT_VERSION}; "
            "install a newer lmkit"
        )
    return version


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        names = ", ".join(bundled_models())
        bundled = f", and no bundled model of that name (there is {names})" if names else ""
        raise ModelError(f"no model folder at {folder}{bundled}", hint=Hint.TRAIN)


def _no_model(folder: Path) -> ModelError:
    if (folder / TRAINING).is_dir():
        return ModelError(f"the training in {folder} is not finished", hint=Hint.RESUME)
    return ModelError(f"{folder} is not a model folder: it has no {CONFIG}")


def _moved(model: Model, device: torch.device) -> Model:
    if isinstance(model, AverageLM):
        return AverageLM([network.to(device) for network in model.networks])
    return model.to(device) if isinstance(model, nn.Module) else model
