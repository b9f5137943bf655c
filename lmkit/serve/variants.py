"""The variant of a model that the fields of a body ask for."""

from lmkit.archive.options import alone_or_named
from lmkit.core.errors import LmkitError
from lmkit.serve.asking import Asked
from lmkit.serve.errors import ApiError
from lmkit.serve.registry import ServedModel, VariantKey
from lmkit.serve.schemas.base import ModelFields
from lmkit.serve.service import Service


def asked(
    service: Service, fields: ModelFields, *, has_numbers: bool, direction: str | None = None
) -> Asked:
    """Return the model that a body asks for, under its options.

    Args:
        service: Models and options of the server.
        fields: The body.
        has_numbers: Whether probabilities are given, for which "auto" takes all digits.
        direction: Directions that are read in; None takes what the model has.

    Raises:
        ApiError: If there is no such model, or the fields contradict each other.
    """
    model = service.model(fields.model)
    key = VariantKey(
        model=model.name,
        adapters=_adapters(model, fields),
        direction=direction,
        precision=_precision(service, model, fields, has_numbers=has_numbers),
    )
    return Asked(model, key, service.options.limits)


def _adapters(model: ServedModel, fields: ModelFields) -> tuple[str, ...] | None:
    """Return the adapters named, in one order; None for those that were fitted."""
    others = fields.alone or fields.adapt or fields.mix
    if fields.adapters is not None and others:
        raise ApiError(
            400,
            "adapters were named twice; send adapters, or alone, adapt and mix",
            param="adapters",
        )
    if fields.adapters is not None:
        return tuple(sorted(set(fields.adapters)))
    try:
        names = alone_or_named(
            model.archive.fitted, alone=fields.alone, adapt=fields.adapt, mix=fields.mix
        )
    except LmkitError as error:
        raise ApiError(400, str(error), param="alone") from None
    return None if names is None else tuple(sorted(names))


def _precision(
    service: Service, model: ServedModel, fields: ModelFields, *, has_numbers: bool
) -> str:
    wanted = fields.precision or service.options.precision
    if wanted != "auto":
        return wanted
    return "int8" if model.is_quicker_in_int8 and not has_numbers else "float32"
