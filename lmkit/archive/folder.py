"""The folder a model lives in: written whole or not at all, verified before anything is believed.

Layout: `model.safetensors`, `config.json`, `tokenizer.json`, `manifest.json` (sha256 of every other
file), `README.md`, `metrics.jsonl`, the companions `backward.safetensors`, `ngram.safetensors` and
`gradients.safetensors` where there are any, and `training/` for resuming, which the manifest leaves
out. No pickle.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from lmkit.archive.manifest import read_json, verify_manifest, write_manifest
from lmkit.core.errors import LmkitError, ModelError
from lmkit.core.files import atomic_path
from lmkit.core.seeding import make_generator
from lmkit.models.adapters.gradient_scale import GradientScale
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.weights import load_tensors, load_weights, save_tensors, weights_of
from lmkit.nn.heads.head import LARGE_VOCABULARY
from lmkit.text.tokenizer import Tokenizer

FORMAT_VERSION = 1
GRADIENTS = "gradients.safetensors"
TRAINING = "training"  # the folder for resuming, inside the model folder
WEIGHTS, BACKWARD, NGRAM = "model.safetensors", "backward.safetensors", "ngram.safetensors"
CONFIG, TOKENIZER = "config.json", "tokenizer.json"
CARD, METRICS = "README.md", "metrics.jsonl"
REQUIRED = (WEIGHTS, CONFIG, TOKENIZER)
MAX_LAYERS = 256

Facts = dict[str, Any]  # config.json as a whole: Any, since it is JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """All that a model folder holds.

    Attributes:
        model: The forward model, or the backward one where `facts["direction"]` is "backward".
        tokenizer: Its tokens.
        facts: config.json: `format_version`, `architecture`, `unit`, `direction`, `training`, and
            `companions` where weights were fitted for them.
        backward: A companion that reads from right to left.
        ngram: A companion that counts.
        gradients: Usual gradients of the model, which dynamic evaluation divides by.
    """

    model: RecurrentLM
    tokenizer: Tokenizer
    facts: Facts = field(default_factory=dict)
    backward: RecurrentLM | None = None
    ngram: NGram | None = None
    gradients: GradientScale | None = None


def save_archive(
    folder: Path,
    archive: Archive,
    *,
    card: str = "",
    metrics: str = "",
    ngram_file: Path | None = None,
) -> None:
    """Write a model folder under a temporary name and rename it.

    Args:
        folder: Where; a folder already there is replaced when the new one is complete, and its
            `training/` is kept.
        archive: What to write. `facts` is completed with what follows from the model.
        card: README.md, the model card.
        metrics: metrics.jsonl, one event a line.
        ngram_file: An n-gram companion that lies on the disk, in place of `archive.ngram`.
    """
    with atomic_path(folder) as new:
        new.mkdir()
        _write_models(new, archive)
        if ngram_file is not None:
            shutil.copyfile(ngram_file, new / NGRAM)
        archive.tokenizer.save(new / TOKENIZER)
        facts = complete_facts(archive)
        _write(new / CONFIG, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
        _write(new / CARD, card)
        _write(new / METRICS, metrics)
        write_manifest(new)
        if (folder / TRAINING).is_dir():
            shutil.copytree(folder / TRAINING, new / TRAINING, copy_function=_link_or_copy)


def load_archive(folder: Path) -> Archive:
    """Read a model folder, after checking every byte of it.

    Args:
        folder: The model folder.

    Returns:
        The models in evaluation mode, the tokenizer and the facts.

    Raises:
        ModelError: If the folder is missing, damaged, or of a newer format.
    """
    facts = read_facts(folder)
    files = verify_manifest(folder, required=REQUIRED)
    config = _read_architecture(folder, facts)
    model = _read_model(folder / WEIGHTS, config)
    has_gradients = GRADIENTS in files
    return Archive(
        model=model,
        tokenizer=_read_tokenizer(folder, config),
        facts=facts,
        backward=_read_model(folder / BACKWARD, config) if BACKWARD in files else None,
        ngram=_read_ngram(folder, config) if NGRAM in files else None,
        gradients=GradientScale.load(folder / GRADIENTS, model) if has_gradients else None,
    )


def read_facts(folder: Path) -> Facts:
    """Read config.json alone, without the weights.

    Args:
        folder: The model folder.

    Returns:
        The facts, of a format version that this lmkit reads.

    Raises:
        ModelError: If the folder is missing, no model folder, or of a newer format.
    """
    if not folder.is_dir():
        raise ModelError(f"no model folder at {folder}; train one with `lmkit train`")
    if not (folder / CONFIG).is_file():
        raise ModelError(_why_no_model(folder))
    facts = read_json(folder / CONFIG)
    version = facts.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ModelError(f"{folder / CONFIG} names no format_version; it is damaged")
    if version > FORMAT_VERSION:
        raise ModelError(
            f"{folder} has format {version}, but this lmkit reads up to {FORMAT_VERSION}; "
            "install a newer lmkit"
        )
    for name in ("architecture", "training", "companions"):
        if not isinstance(facts.get(name, {}), dict):
            raise ModelError(f"{folder / CONFIG}: {name} is no set of facts; it is damaged")
    return facts


def _why_no_model(folder: Path) -> str:
    if (folder / TRAINING).is_dir():
        return (
            f"the training in {folder} has not come to its end; "
            "go on with the same `lmkit train` command and --resume"
        )
    return f"{folder} is not a model folder: it has no {CONFIG}"


def complete_facts(archive: Archive) -> Facts:
    """Return what config.json says: the given facts and what follows from the model."""
    return {
        "format_version": FORMAT_VERSION,
        "architecture": asdict(archive.model.config),
        "unit": archive.tokenizer.config.unit,
        "direction": "forward",
        "training": {},
        **{key: value for key, value in archive.facts.items() if key not in _DERIVED},
    }


def is_model_folder(folder: Path) -> bool:
    """Say whether a folder was written by lmkit, or is the beginning of a training run of it."""
    if (folder / TRAINING / "run.json").is_file():
        return True
    try:
        read_facts(folder)
    except ModelError:
        return False
    return (folder / WEIGHTS).is_file()


_DERIVED = ("format_version", "architecture", "unit")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_models(folder: Path, archive: Archive) -> None:
    save_tensors(weights_of(archive.model), folder / WEIGHTS)
    if archive.backward is not None:
        save_tensors(weights_of(archive.backward), folder / BACKWARD)
    if archive.ngram is not None:
        archive.ngram.save(folder / NGRAM)
    if archive.gradients is not None:
        archive.gradients.save(folder / GRADIENTS)


def _link_or_copy(source: str, target: str) -> None:
    """Give a file a second name; where the disk cannot, copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _read_architecture(folder: Path, facts: Facts) -> RecurrentLMConfig:
    try:
        config = TypeAdapter(RecurrentLMConfig).validate_python(facts.get("architecture"))
        return _with_head(config)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "architecture"
        raise ModelError(f"{folder / CONFIG}: {where}: {first['msg']}") from None
    except (LmkitError, ValueError, TypeError) as error:
        raise ModelError(f"{folder / CONFIG} describes no model: {error}") from None


def _with_head(config: RecurrentLMConfig) -> RecurrentLMConfig:
    """Name the head of a folder that left it open: a large vocabulary then had the adaptive one."""
    if config.head != "auto" or config.vocab_size <= LARGE_VOCABULARY:
        return config
    return replace(config, head="adaptive")


def _read_model(path: Path, config: RecurrentLMConfig) -> RecurrentLM:
    tensors = load_tensors(path)
    _check_size(path, config, tensors)
    model = RecurrentLM(config, make_generator(0))
    load_weights(model, tensors)
    return model.eval()


def _check_size(path: Path, config: RecurrentLMConfig, tensors: Mapping[str, Tensor]) -> None:
    """Refuse sizes that the stored weights do not have, before memory is asked for."""
    damaged = ModelError(
        f"{path.parent / CONFIG} describes a model that {path.name} does not hold; "
        "the folder is damaged"
    )
    if config.layers > MAX_LAYERS:
        raise damaged
    try:
        with torch.device("meta"):
            wanted = weights_of(RecurrentLM(config))
    except LmkitError as error:
        raise ModelError(f"{path.parent / CONFIG} describes no model: {error}") from None
    except (ValueError, TypeError, RuntimeError, OverflowError):
        raise damaged from None
    if sum(t.numel() for t in wanted.values()) != sum(t.numel() for t in tensors.values()):
        raise damaged


def _read_tokenizer(folder: Path, config: RecurrentLMConfig) -> Tokenizer:
    tokenizer = Tokenizer.load(folder / TOKENIZER)
    if tokenizer.vocab_size != config.vocab_size:
        raise ModelError(
            f"{folder / TOKENIZER} has {tokenizer.vocab_size} tokens, "
            f"but the model has {config.vocab_size}; the folder is damaged"
        )
    return tokenizer


def _read_ngram(folder: Path, config: RecurrentLMConfig) -> NGram:
    ngram = NGram.load(folder / NGRAM)
    if ngram.vocab_size != config.vocab_size:
        raise ModelError(f"{folder / NGRAM} is of another vocabulary; the folder is damaged")
    return ngram
