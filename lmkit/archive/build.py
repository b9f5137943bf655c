"""The model that answers, put together from what a folder holds and the options it is asked under.

The archived weights never change: a model that learns while reading keeps that in its state.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.locate import locate_model
from lmkit.archive.options import ModelOptions
from lmkit.core.devices import choose_device
from lmkit.core.errors import Hint, ModelError, UsageError
from lmkit.core.json import Json
from lmkit.models.adapters.stack import Stack, wrap_stack
from lmkit.models.base import Model
from lmkit.models.directions import Directions
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

BACKWARD_WEIGHT = 0.5  # weight of the backward model where none was fitted


def open_archive(folder: str | Path, options: ModelOptions) -> Archive:
    """Open a model folder, or a bundled model, on the device that it is to be asked on.

    Args:
        folder: A folder, or the name of a bundled model.
        options: How it is asked; 8 bits a weight are for the processor.

    Raises:
        ModelError: If the folder is missing, damaged or of a newer format.
        UsageError: If the machine has no such device.
    """
    place = choose_device("cpu" if options.precision == "int8" else options.device)
    return load_archive(locate_model(folder)).to(place)


def build_model(archive: Archive, options: ModelOptions | None = None) -> Directions:
    """Return the models that read, from the directions asked for.

    Args:
        archive: Contents of the folder.
        options: How it is asked; all that was fitted, where left out.

    Returns:
        The forward model with its adapters, and the backward one as it was trained; or the backward
        one alone, with the adapters that were named.

    Raises:
        UsageError: If the folder lacks what was asked for.
        ModelError: If the folder gives a weight that is none.
    """
    options = options or ModelOptions()
    directions = _asked(_trained(archive), options.direction)
    if directions.forward is None:
        return replace(directions, backward=_backward_alone(archive, options))
    names = used_adapters(archive, options)
    forward = _adapted(archive.model, archive.stack, names, precision=options.precision)
    if directions.backward is None:
        return replace(directions, forward=forward)
    backward = _precise(directions.backward, options.precision)
    return replace(directions, forward=forward, backward=backward)


def used_adapters(archive: Archive, options: ModelOptions) -> tuple[str, ...]:
    """Return the adapters that a model is asked with.

    Args:
        archive: Contents of the folder.
        options: How it is asked.

    Returns:
        Those named; where none were, those fitted, which suit the forward model alone.
    """
    if options.adapters is not None:
        return options.adapters
    is_backward = _asked(_trained(archive), options.direction).forward is None
    return () if is_backward else archive.fitted


def _trained(archive: Archive) -> Directions:
    if archive.facts.get("direction") == "backward":
        return Directions(backward=archive.model)
    weight = _weight(archive.facts.get("backward_weight"))
    return Directions(forward=archive.model, backward=archive.backward, weight=weight)


def _asked(directions: Directions, direction: str | None) -> Directions:
    if direction is None:
        return directions
    has_forward, has_backward = directions.forward is not None, directions.backward is not None
    lacks_forward = direction != "backward" and not has_forward
    if lacks_forward or (direction != "forward" and not has_backward):
        reads = "both" if has_forward and has_backward else "forward" if has_forward else "backward"
        raise UsageError(
            f"the model cannot read in the direction {direction!r}, only {reads!r}",
            hint=Hint.TRAIN_BOTH,
        )
    return replace(
        directions,
        forward=None if direction == "backward" else directions.forward,
        backward=None if direction == "forward" else directions.backward,
    )


def _backward_alone(archive: Archive, options: ModelOptions) -> Model:
    names = used_adapters(archive, options)
    if "ngram" in names:
        raise UsageError("the n-gram reads forward and cannot be mixed with a backward model")
    if archive.backward is None:
        return _adapted(archive.model, archive.stack, names, precision=options.precision)
    stack = tuple(replace(entry, asset=None) for entry in archive.stack)  # of the forward model
    return _adapted(archive.backward, stack, names, precision=options.precision)


def _adapted(model: Model, stack: Stack, names: tuple[str, ...], *, precision: str) -> Model:
    return wrap_stack(_precise(model, precision), stack, names)


def _precise(model: Model, precision: str) -> Model:
    return _PRECISIONS[precision](model)


def rounded_model(model: Model) -> Model:
    """Return a recurrent model, or an average of such, with 8 bits a weight.

    Raises:
        UsageError: If it is of another kind.
    """
    if isinstance(model, RecurrentLM):
        return Int8LM(model)
    if isinstance(model, AverageLM):
        return AverageLM([Int8LM(network) for network in model.networks])
    raise UsageError("only recurrent models support 8-bit weights", hint=Hint.FULL_PRECISION)


_PRECISIONS: dict[str, Callable[[Model], Model]] = {
    "float32": lambda model: model,
    "int8": rounded_model,
}


def _weight(weight: Json) -> float:
    if weight is None:
        return BACKWARD_WEIGHT
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 <= weight <= 1:
        raise ModelError(
            f"config.json gives the backward model the weight {weight!r}, not one in 0..1"
        )
    return float(weight)
