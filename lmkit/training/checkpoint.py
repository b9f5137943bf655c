"""Checkpoints: the states of the parts of a run, in one safetensors file.

A state is a flat dict of tensors and JSON values. Tensors are stored as such, everything else as
JSON in the header of the file. Knows names and values, not what they mean. No pickle.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from lmkit.core.errors import LmkitError, ModelError
from lmkit.core.files import atomic_path, utf8_path
from lmkit.models.weights import disk_errors, load_weights, weights_of
from lmkit.training.world import World

FILE = "checkpoint.safetensors"
FORMAT_VERSION = 2  # 1 held the state of torch's global generator and one table of facts
_KEY = "lmkit"
_RUN = "run"  # the state that belongs to no part: the fingerprint

StateDict: TypeAlias = Mapping[str, Any]  # Any: a tensor, or a value that JSON holds


class Stateful(Protocol):
    """A part of a run whose state a checkpoint holds."""

    def state(self) -> StateDict:
        """Return the state: tensors, and values that JSON holds; views, not copies."""
        ...

    def load(self, state: StateDict) -> None:
        """Take over a state that `state` gave.

        Raises:
            KeyError: If a name is missing.
            TypeError: If a value is of another type.
            ValueError: If a value cannot be.
            ModelError: If it is the state of another model.
        """
        ...


class ModelState:
    """The weights of a model as a part of a checkpoint."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model

    def state(self) -> StateDict:
        """Return the weights by name."""
        return weights_of(self._model)

    def load(self, state: StateDict) -> None:
        """Copy weights into the model."""
        load_weights(self._model, state)


def has_checkpoint(folder: Path) -> bool:
    """Return whether a training folder holds a checkpoint."""
    return (folder / FILE).is_file()


def share_checkpoint(folder: Path, world: World) -> None:
    """Give every process the checkpoint of the writer, which may be on another machine.

    Args:
        folder: The training folder, one of each process.
        world: The processes.
    """
    if world.size == 1:
        return
    path = folder / FILE
    content = world.broadcast(path.read_bytes() if world.is_writer and path.is_file() else b"")
    if content and not world.is_writer:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def save_checkpoint(folder: Path, states: Mapping[str, StateDict]) -> None:
    """Write a checkpoint as a whole or not at all; the one before stays until then.

    Args:
        folder: The training folder.
        states: The state of each part, by name; names hold no colon.
    """
    tensors = {
        f"{part}:{name}": value.contiguous()
        for part, state in states.items()
        for name, value in state.items()
        if isinstance(value, Tensor)
    }
    values = {
        part: {name: value for name, value in state.items() if not isinstance(value, Tensor)}
        for part, state in states.items()
    }
    header = {"format_version": FORMAT_VERSION, "values": values}
    with atomic_path(folder / FILE) as path, disk_errors():
        save_file(_unshared(tensors), path, metadata={_KEY: json.dumps(header)})


def load_checkpoint(folder: Path) -> dict[str, StateDict]:
    """Read the checkpoint of a training folder.

    Args:
        folder: The training folder.

    Returns:
        The states that `save_checkpoint` was given, tensors on the CPU.

    Raises:
        ModelError: If there is none, or it is damaged or of another format.
    """
    path = folder / FILE
    if not path.is_file():
        raise ModelError(f"there is nothing to resume in {folder}; train without --resume")
    try:
        with utf8_path(path) as readable, safe_open(readable, framework="pt") as file:
            header = json.loads((file.metadata() or {})[_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            version = header["format_version"]
            states = {part: dict(values) for part, values in header.get("values", {}).items()}
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"the checkpoint {path} is damaged ({error}); train again") from None
    if version != FORMAT_VERSION:
        raise ModelError(
            f"the checkpoint {path} has format {version}, and this lmkit reads format "
            f"{FORMAT_VERSION} alone; train again, or resume with the lmkit that wrote it"
        )
    for key, tensor in tensors.items():
        part, _, name = key.partition(":")
        states.setdefault(part, {})[name] = tensor
    return dict(states)


def run_states(parts: Mapping[str, Stateful], *, fingerprint: str) -> dict[str, StateDict]:
    """Return what a checkpoint of a run holds.

    Args:
        parts: The parts by name.
        fingerprint: Of the data and the model.

    Returns:
        The state of each part, by name, and the fingerprint.
    """
    states = {name: part.state() for name, part in parts.items()}
    return {**states, _RUN: {"fingerprint": fingerprint}}


def load_run(folder: Path, parts: Mapping[str, Stateful], *, fingerprint: str) -> None:
    """Load a checkpoint into the parts of a run.

    Args:
        folder: The training folder.
        parts: Newly made parts by name, of the same model, data and settings.
        fingerprint: Of the data and the model.

    Raises:
        ModelError: If the checkpoint is missing, damaged or of another format.
        LmkitError: If it is of other data or another model.
    """
    states = load_checkpoint(folder)
    if states.get(_RUN, {}).get("fingerprint") != fingerprint:
        raise LmkitError(
            f"the run in {folder} used other data or another model; resume it with the same "
            "data and model, or train again with --force"
        )
    try:
        for name, part in parts.items():
            part.load(states[name])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"the checkpoint in {folder} is damaged ({error!r}); train again"
        ) from None


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
