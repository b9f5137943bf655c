"""The weights of a module as flat tensors, and back: what archives and checkpoints store.

A weight that two parts of a model share is stored once. Nothing here is ever pickled.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lmkit.core.errors import ModelError
from lmkit.core.files import utf8_path


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """Return every weight and stored buffer by name: views, not copies.

    Args:
        model: Any module.

    Returns:
        The tensors without their graph; shared weights appear once.
    """
    owned = {name for name, _ in model.named_parameters()}
    shared = {name for name, _ in model.named_parameters(remove_duplicate=False)} - owned
    return {name: t.detach() for name, t in model.state_dict().items() if name not in shared}


def load_weights(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Copy stored weights into a model.

    Args:
        model: A module of the same architecture.
        tensors: What `weights_of` gave, and nothing else.

    Raises:
        ModelError: If names, shapes or types are not those of the model.
    """
    own = weights_of(model)
    if missing := sorted(own.keys() ^ tensors.keys()):
        raise ModelError(
            f"the stored weights do not fit the architecture: {missing[0]!r} is on one side only"
        )
    for name, tensor in own.items():
        stored = tensors[name]
        if stored.shape != tensor.shape or stored.dtype != tensor.dtype:
            raise ModelError(
                f"the stored weight {name!r} is {_kind(stored)}, "
                f"but the architecture needs {_kind(tensor)}"
            )
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[name])


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors to a safetensors file; equal tensors give equal bytes."""
    path.touch()  # with the rights that files of this user have: the library gives fewer
    rights = path.stat().st_mode
    with disk_errors():
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    path.chmod(rights)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raise the system's error where a disk is full: the library has one of its own for it.

    Raises:
        OSError: If safetensors could not write.
    """
    try:
        yield
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        if number is None:
            raise OSError(str(error)) from error
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file.

    Args:
        path: The file.

    Returns:
        Its tensors by name.

    Raises:
        ModelError: If the file is missing or damaged.
    """
    try:
        with utf8_path(path) as readable:
            return load_file(readable)
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelError(
            f"cannot read the weights in {path}: {error}; the file is damaged"
        ) from None


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {tuple(tensor.shape)}"
