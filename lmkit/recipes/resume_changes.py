"""Changes of settings and options between a run and the one that goes on with it."""

from dataclasses import asdict, dataclass
from pathlib import Path

from lmkit.config import Table, build_config
from lmkit.core.errors import UsageError
from lmkit.core.json import JsonObject
from lmkit.recipes.request import AUTO, TrainRequest

# Of the training section: by these a checkpoint holds its place and its moments.
_FIXED = frozenset({"batch", "time", "optimizer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """Settings of the run to go on with, as its folder holds them.

    Attributes:
        config: All settings by section and key.
        preset: The preset they began with.
        direction: forward, backward or both.
        seed: Seed of the run.
        text: Key of its prepared text; None in runs begun before keys were kept.
        base: Where the model it started from is; None: it started from nothing.
        digest: Of that model.
        models: Networks of each direction.
    """

    config: Table
    preset: str
    direction: str
    seed: int
    text: str | None = None
    base: str | None = None
    digest: str | None = None
    models: int = 1


def refuse_other_settings(out: Path, began: Table, settings: Table) -> None:
    """Refuse settings by which another text would be learned, or another network.

    The length of a run, its rate and its measurements may change: they are those of the steps to
    come.

    Args:
        out: The model folder, to name in an error.
        began: All settings of the run to go on with.
        settings: What was given now.

    Raises:
        UsageError: If one of them differs.
    """
    before = asdict(build_config(began))
    after = asdict(build_config(began, settings))
    for section, values in before.items():
        for key, value in values.items():
            given = after[section][key]
            if given != value and (section != "training" or key in _FIXED):
                raise UsageError(
                    f"the run in {out} began with {key}={value}, so {key}={given} cannot change "
                    "it; leave that out, or train again with --force"
                )


def refuse_other_options(request: TrainRequest, stored: StoredRun) -> None:
    """Refuse options that differ from those the run began with: its checkpoint would not fit.

    Args:
        request: What was asked for now.
        stored: Settings of the run to go on with.

    Raises:
        UsageError: If one of them differs.
    """
    data: JsonObject = stored.config.get("data") or {}
    training: JsonObject = stored.config.get("training") or {}
    text: JsonObject = stored.config.get("text") or {}
    model: JsonObject = stored.config.get("model") or {}
    began = {
        "--preset": (request.preset, stored.preset),
        "--direction": (request.direction, stored.direction),
        "--seed": (request.seed, stored.seed),
        "--models": (_chosen(request.models), str(stored.models)),
        "--unit": (request.unit, text.get("unit", request.unit)),
        "--cell": (request.cell, model.get("cell", request.cell)),
        "--precision": (_chosen(request.precision), training.get("precision", "float32")),
        "--ngram": (request.ngram, data.get("ngram", request.ngram)),
    }
    for option, (given, kept) in began.items():
        if given is not None and given != kept:
            name = "--no-ngram" if option == "--ngram" and given is False else option
            raise UsageError(
                f"the run in {request.out} began with {_began(option, kept)}, so {name} cannot "
                "change it; leave that out, or train again with --force"
            )


def _chosen(value: str | None) -> str | None:
    """Return a value, or None for that which was chosen when the run began."""
    return None if value == AUTO else value


def _began(option: str, kept: object) -> str:
    if option == "--ngram":
        return "an n-gram" if kept else "no n-gram"
    return f"{option} {kept}"
