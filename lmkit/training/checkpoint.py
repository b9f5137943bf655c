"""All that is needed to go on exactly, in one safetensors file: tensors, and JSON in its header.

Knows names and values, not what they mean. No pickle: nothing in it can run.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lmkit.core.errors import ModelError
from lmkit.core.files import atomic_path, utf8_path
from lmkit.models.weights import disk_errors

FILE = "checkpoint.safetensors"
FORMAT_VERSION = 1
_KEY = "lmkit"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment of a training run.

    Attributes:
        tensors: By section and name: {"model": {"head.weight": ...}, "optimizer": ...}.
        facts: Everything else, as JSON can hold it (hence Any).
    """

    tensors: Mapping[str, Mapping[str, Tensor]]
    facts: Mapping[str, Any]


def has_checkpoint(folder: Path) -> bool:
    """Say whether there is something to go on from."""
    return (folder / FILE).is_file()


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in one token; the one before stays until then.

    Args:
        folder: The training folder.
        checkpoint: What to keep.
    """
    flat = {
        f"{section}:{name}": tensor.contiguous()
        for section, tensors in checkpoint.tensors.items()
        for name, tensor in tensors.items()
    }
    facts = {"format_version": FORMAT_VERSION, **checkpoint.facts}
    with atomic_path(folder / FILE) as path, disk_errors():
        save_file(_unshared(flat), path, metadata={_KEY: json.dumps(facts)})


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read the checkpoint of a training folder.

    Args:
        folder: The training folder.

    Returns:
        What `save_checkpoint` was given.

    Raises:
        ModelError: If there is none, or it is damaged or of a newer format.
    """
    path = folder / FILE
    if not path.is_file():
        raise ModelError(f"there is nothing to resume in {folder}; train without --resume")
    try:
        with utf8_path(path) as readable, safe_open(readable, framework="pt") as file:
            facts = json.loads((file.metadata() or {})[_KEY])
            flat = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise ModelError(f"the checkpoint {path} is damaged ({error}); train anew") from None
    if not isinstance(facts, dict) or facts.get("format_version") != FORMAT_VERSION:
        raise ModelError(f"the checkpoint {path} is of another version of lmkit; train anew")
    return Checkpoint(_sections(flat), facts)


def random_state() -> dict[str, Tensor]:
    """Return the state of torch's generator, from which dropout masks are drawn."""
    return {"torch": torch.get_rng_state()}


def set_random_state(tensors: Mapping[str, Tensor]) -> None:
    """Go back to a state of torch's generator."""
    torch.set_rng_state(tensors["torch"])


def _unshared(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy tensors that share memory with one before: safetensors stores each on its own."""
    seen: set[int] = set()
    result: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr() if tensor.numel() else 0
        result[name] = tensor.clone() if place in seen else tensor
        if place:
            seen.add(place)
    return result


def _sections(flat: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    result: dict[str, dict[str, Tensor]] = {}
    for key, tensor in flat.items():
        section, _, name = key.partition(":")
        result.setdefault(section, {})[name] = tensor
    return result
