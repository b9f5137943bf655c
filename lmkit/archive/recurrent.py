"""The recurrent kind of model: one safetensors file, and an architecture that holds shape alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeAlias

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor
from torch.overrides import TorchFunctionMode
from typing_extensions import override

from lmkit.archive.kinds import ModelKind
from lmkit.archive.writing import Write
from lmkit.core.errors import LmkitError, ModelError
from lmkit.core.json import JsonObject
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig, RecurrentShape
from lmkit.models.row_quantisation import dequantise_rows
from lmkit.models.shared_tensors import with_shared
from lmkit.models.state_dict import from_state_dict, to_state_dict
from lmkit.models.weights import load_tensors, save_tensors

Anything: TypeAlias = Any  # Any: arguments and results of whatever torch function is called

MAX_LAYERS = 256
MAX_OPTION = 65_536  # no setting of a cell is a larger number
_FIRST = "model"  # stem of the file that holds the tensors another model of the folder leaves out
_ALLOCATING = (torch.empty, torch.zeros, torch.ones)


class RecurrentKind(ModelKind[RecurrentLM]):
    """Recurrent language models of any cell."""

    name = "recurrent"
    model_type = RecurrentLM

    @override
    def architecture(self, model: RecurrentLM) -> JsonObject:
        return asdict(model.config.shape)

    @override
    def describe(self, architecture: JsonObject) -> JsonObject:
        config = read_shape(architecture)
        return {
            "vocabulary": config.vocab_size,
            "cell": config.cell,
            "layers": config.layers,
            "hidden": config.hidden,
            "parameters": shapes_alone(config).parameter_count(),
        }

    @override
    def weights_file(self, stem: str) -> str:
        return f"{stem}.safetensors"

    @override
    def files(self, model: RecurrentLM, stem: str) -> Mapping[str, Write]:
        return {self.weights_file(stem): lambda path: save_tensors(to_state_dict(model), path)}

    @override
    def read(self, files: Mapping[str, Path], stem: str, architecture: JsonObject) -> RecurrentLM:
        config = read_shape(architecture)
        path = files[self.weights_file(stem)]
        tensors = dequantise_rows(load_tensors(path))
        first = files.get(self.weights_file(_FIRST))
        if stem != _FIRST and first is not None and _is_incomplete(config, tensors):
            tensors = with_shared(tensors, dequantise_rows(load_tensors(first)))
        _check_size(path, config, tensors)
        return from_state_dict(config, tensors)


def read_shape(architecture: JsonObject) -> RecurrentLMConfig:
    """Read the shape of a model from config.json; regularisation is that of no training.

    Raises:
        ModelError: If a key is unknown or missing, or a value is none.
    """
    known = {field.name for field in fields(RecurrentShape)}
    if unknown := sorted(architecture.keys() - known):
        raise ModelError(f"config.json: the architecture has an unknown key {unknown[0]!r}")
    try:
        shape = TypeAdapter(RecurrentShape).validate_python(architecture)
        return RecurrentLMConfig(**asdict(shape))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "architecture"
        raise ModelError(f"config.json: {where}: {first['msg']}") from None
    except LmkitError as error:
        raise ModelError(f"config.json describes no model: {error}") from None


def shapes_alone(config: RecurrentLMConfig) -> RecurrentLM:
    """Return a model whose weights have shapes and take no memory.

    Args:
        config: The architecture.

    Returns:
        The model, on the meta device.

    Raises:
        ModelError: If there is no model of such an architecture.
    """
    numbers = (value for value in config.cell_options.values() if isinstance(value, int))
    if config.layers > MAX_LAYERS or max(numbers, default=0) > MAX_OPTION:
        raise ModelError("config.json describes a model of impossible size")
    try:
        with _MetaTensors():
            return RecurrentLM(config)
    except LmkitError as error:
        raise ModelError(f"config.json describes no model: {error}") from None
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise ModelError(f"config.json describes a model of impossible size: {error}") from None


class _MetaTensors(TorchFunctionMode):
    """Makes new tensors on the meta device, the small ones of counted numbers excepted.

    `torch.device("meta")` would catch `torch.arange` too, and load a compiler for it.
    """

    @override
    def __torch_function__(
        self,
        func: Callable[..., Anything],
        types: Sequence[type],
        args: tuple[Anything, ...] = (),
        kwargs: Mapping[str, Anything] | None = None,
    ) -> Anything:
        options = dict(kwargs or {})
        if func in _ALLOCATING and options.get("device") is None:
            options["device"] = "meta"
        return func(*args, **options)


def _is_incomplete(config: RecurrentLMConfig, tensors: Mapping[str, Tensor]) -> bool:
    """Tell whether tensors were left out that the first model of the folder has too."""
    return bool(to_state_dict(shapes_alone(config)).keys() - tensors.keys())


def _check_size(path: Path, config: RecurrentLMConfig, tensors: Mapping[str, Tensor]) -> None:
    """Refuse sizes that the stored weights do not have, before memory is asked for."""
    stored = sum(tensor.numel() for tensor in tensors.values())
    damaged = ModelError(
        f"config.json describes a model that {path.name} in {path.parent} does not hold; "
        "the folder is damaged"
    )
    if config.vocab_size > stored:  # every word has a number of its own at the least
        raise damaged
    wanted = to_state_dict(shapes_alone(config))
    if sum(tensor.numel() for tensor in wanted.values()) != stored:
        raise damaged
