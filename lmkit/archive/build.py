"""Puts together who answers: the trained model, what adapts it, what is mixed in.

The archived weights never change: a model that learns while reading keeps that in its state.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeAlias

from lmkit.archive.folder import Archive
from lmkit.core.errors import ModelError, UsageError, unknown_name
from lmkit.core.registry import Registry
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.adapters.gradient_scale import GradientScale
from lmkit.models.adapters.neural_cache import CacheConfig, NeuralCache
from lmkit.models.adapters.ngram_mixture import NGramMixture
from lmkit.models.base import Model
from lmkit.models.directions import Directions
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

Fitted: TypeAlias = Mapping[str, Any]  # Any: a part of config.json
Trained: TypeAlias = RecurrentLM | Int8LM

NGRAM_WEIGHT = 0.2  # share of every order of the n-gram where none was fitted
BACKWARD_WEIGHT = 0.5  # share of the backward model where none was fitted
MIXES = ("none", "ngram")
DIRECTIONS = ("forward", "backward", "both")
# What the shares of the n-gram are called beside each adaptation.
_NGRAM_KEYS = {"cache": "with_cache", "dynamic": "with_dynamic", "both": "with_dynamic"}

# Each makes what reads with the weights of a trained model.
WEIGHTS: Registry[Callable[[RecurrentLM], Trained]] = Registry(
    "kind of weights",
    {
        "float": "lmkit.archive.build:in_full",
        "int8": "lmkit.models.recurrent.int8_lm:Int8LM",
    },
)

# Each makes a model around the trained one from the settings that were fitted for it, and its usual
# gradients where they were measured.
ADAPTATIONS: Registry[Callable[[Trained, Fitted, GradientScale | None], Model]] = Registry(
    "adaptation",
    {
        "none": "lmkit.archive.build:as_trained",
        "cache": "lmkit.archive.build:with_cache",
        "dynamic": "lmkit.archive.build:with_dynamic_evaluation",
        "both": "lmkit.archive.build:with_both",
    },
)


def build_model(
    archive: Archive,
    *,
    adapt: str = "none",
    mix: str = "none",
    direction: str | None = None,
    weights: str = "float",
) -> Directions:
    """Return who reads, from which directions.

    Fitted settings are taken from `archive.facts["companions"]`: `ngram` (`weight`, `with_cache`,
    `with_dynamic`, each a share or one for each order), `backward.weight`, and the fields of
    `cache` and `dynamic`.

    Args:
        archive: What the folder holds.
        adapt: A name in `ADAPTATIONS`.
        mix: A name in `MIXES`.
        direction: A name in `DIRECTIONS`; None takes what the folder has.
        weights: A name in `WEIGHTS`: how weights are multiplied.

    Returns:
        The forward model with all that was asked for; the backward one as it was trained.

    Raises:
        UsageError: If a name is unknown, or the folder lacks what was asked for.
    """
    fitted: Fitted = archive.facts.get("companions") or {}
    directions = _trained_directions(archive, fitted)
    if direction is not None:
        directions = _only(directions, direction)
    if mix not in MIXES:
        raise unknown_name("mix", mix, MIXES)
    if directions.forward is None:
        if mix != "none":
            raise UsageError("the n-gram reads forward and cannot be mixed with a backward model")
        backward = _adapted(archive, _backward(archive), adapt, fitted, weights=weights)
        return replace(directions, backward=backward)
    model = _adapted(archive, archive.model, adapt, fitted, weights=weights)
    if directions.backward is not None:
        directions = replace(directions, backward=WEIGHTS.get(weights)(_backward(archive)))
    if mix == "none":
        return replace(directions, forward=model)
    return replace(directions, forward=_mixed(archive, model, fitted, adapt=adapt))


def describe(archive: Archive) -> dict[str, Any]:  # Any: JSON
    """Return what a model is and how it was trained, as `info` shows it."""
    facts, config = archive.facts, archive.model.config
    return {
        "format_version": facts.get("format_version"),
        "unit": archive.tokenizer.config.unit,
        "vocabulary": archive.tokenizer.vocab_size,
        "cell": config.cell,
        "layers": config.layers,
        "hidden": config.hidden,
        "parameters": archive.model.parameter_count(),
        "direction": facts.get("direction", "forward"),
        "training": facts.get("training", {}),
        "companions": facts.get("companions", {}),
    }


def in_full(model: RecurrentLM) -> Trained:
    """Read with the weights as they were trained."""
    return model


def as_trained(model: Trained, fitted: Fitted, scale: GradientScale | None) -> Model:
    """Leave the model as it is."""
    del fitted, scale
    return model


def with_cache(model: Trained, fitted: Fitted, scale: GradientScale | None) -> Model:
    """Let the model remember the text it reads."""
    del scale
    return NeuralCache(model, _cache_config(fitted))


def with_both(model: Trained, fitted: Fitted, scale: GradientScale | None) -> Model:
    """Let the model learn from the text it reads, and remember it."""
    return NeuralCache(with_dynamic_evaluation(model, fitted, scale), _cache_config(fitted))


def with_dynamic_evaluation(
    model: Trained, fitted: Fitted, scale: GradientScale | None
) -> DynamicEvaluation:
    """Let the model learn from the text it reads."""
    if isinstance(model, Int8LM):
        raise UsageError(
            "learning by training steps needs the weights in full; "
            "ask without 8-bit weights, or adapt by the cache"
        )
    settings = _known(DynamicConfig, fitted.get("dynamic") or {})
    return DynamicEvaluation(model, DynamicConfig(**settings), scale=scale)


def _cache_config(fitted: Fitted) -> CacheConfig:
    return CacheConfig(**_known(CacheConfig, fitted.get("cache") or {}))


def _trained_directions(archive: Archive, fitted: Fitted) -> Directions:
    if archive.facts.get("direction") == "backward":
        return Directions(backward=archive.model)
    weight = _share(fitted, "backward", BACKWARD_WEIGHT)
    return Directions(forward=archive.model, backward=archive.backward, weight=weight)


def _backward(archive: Archive) -> RecurrentLM:
    """Return the model that reads backward, be it the main one or the companion."""
    return archive.model if archive.backward is None else archive.backward


def _only(directions: Directions, direction: str) -> Directions:
    if direction not in DIRECTIONS:
        raise unknown_name("direction", direction, DIRECTIONS)
    has_forward, has_backward = directions.forward is not None, directions.backward is not None
    lacks_forward = direction != "backward" and not has_forward
    if lacks_forward or (direction != "forward" and not has_backward):
        reads = "both" if has_forward and has_backward else "forward" if has_forward else "backward"
        raise UsageError(
            f"the model cannot read in the direction {direction!r}, only {reads!r}; "
            "train it with `--direction both`"
        )
    return replace(
        directions,
        forward=None if direction == "backward" else directions.forward,
        backward=None if direction == "forward" else directions.backward,
    )


def _adapted(
    archive: Archive, model: RecurrentLM, adapt: str, fitted: Fitted, *, weights: str
) -> Model:
    scale = archive.gradients if model is archive.model else None
    return ADAPTATIONS.get(adapt)(WEIGHTS.get(weights)(model), fitted, scale)


def _mixed(archive: Archive, model: Model, fitted: Fitted, *, adapt: str) -> Model:
    if archive.ngram is None:
        raise UsageError(
            "the model folder holds no n-gram to mix in; train it again without leaving that out"
        )
    key = _NGRAM_KEYS.get(adapt, "weight")
    return NGramMixture(model, archive.ngram, _order_shares(fitted, key, archive.ngram.order))


def _order_shares(fitted: Fitted, key: str, order: int) -> tuple[float, ...]:
    """Return the share of each order of the n-gram; a single number in the folder is for all."""
    settings = fitted.get("ngram") or {}
    found = settings.get(key, settings.get("weight", NGRAM_WEIGHT))
    shares = found if isinstance(found, list | tuple) else [found] * order
    if len(shares) != order:
        raise ModelError(f"config.json gives {len(shares)} shares to an n-gram of order {order}")
    return tuple(_checked_share(share, "ngram") for share in shares)


def _share(fitted: Fitted, name: str, default: float) -> float:
    return _checked_share((fitted.get(name) or {}).get("weight", default), name)


def _checked_share(share: object, name: str) -> float:
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ModelError(f"config.json gives the {name} the weight {share!r}, not a share in 0..1")
    return float(share)


def _known(config: type, settings: Fitted) -> dict[str, Any]:  # Any: a part of config.json
    """Return the settings that a config has; others belong to a newer lmkit."""
    names = {field.name for field in fields(config)}
    return {name: value for name, value in settings.items() if name in names}
