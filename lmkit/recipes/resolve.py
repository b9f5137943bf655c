"""First phase of a recipe: a request becomes a plan, its settings merged and its folder checked."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from lmkit.archive.average import MOST_MODELS
from lmkit.archive.layout import TRAINING
from lmkit.archive.writing import refuse_sources_inside
from lmkit.config import RENAMED, RunConfig, Table, build_config, overrides, read_preset
from lmkit.core.devices import choose_device
from lmkit.core.errors import ModelError, UsageError
from lmkit.core.json import JsonObject
from lmkit.recipes.base import NONE, Base, open_base
from lmkit.recipes.memory_check import check_memory
from lmkit.recipes.request import AUTO, DIRECTIONS, TrainRequest
from lmkit.recipes.resume_changes import (
    StoredRun,
    refuse_other_options,
    refuse_other_settings,
)
from lmkit.recipes.run_folder import SETTINGS, check_out, settings_of
from lmkit.recipes.warm_start import check_settings, warm_settings

DEFAULT_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainPlan:
    """A checked request, its settings merged once; only the text is still unknown.

    Attributes:
        request: The request.
        settings: What was given beside a preset, by section and key.
        stored: The run to go on with; None for a new one.
        direction: forward, backward or both.
        seed: Seed of all randomness.
        device: Device of the training steps.
        base: Model to start from; None: nothing, or one that is chosen by the text.
        models: Networks of each direction; None: chosen by text and time.
        processes: Processes that train together.
    """

    request: TrainRequest
    settings: Table
    stored: StoredRun | None
    direction: str
    seed: int
    device: torch.device
    base: Base | None = None
    models: int | None = 1
    processes: int = 1

    @property
    def may_choose_base(self) -> bool:
        """True if a base may be chosen by the text: nothing else says what is trained."""
        request, keys = self.request, ("base", "preset", "unit", "cell", "config")
        is_open = all(getattr(request, key) is None for key in keys)
        return is_open and self.stored is None and not self.settings.keys() & {"model", "text"}

    @property
    def may_choose_streams(self) -> bool:
        """True if a GPU may choose the streams: nothing else says how many."""
        is_open = self.stored is None and "batch" not in (self.settings.get("training") or {})
        return is_open and self.device.type != "cpu"

    def starting_from(self, base: Base) -> "TrainPlan":
        """Return the plan of a run that starts from a model.

        Args:
            base: The model.

        Raises:
            UsageError: If something was asked for that the model does not have.
        """
        return replace(self, base=base, direction=_direction_from(base, self))

    def config(self, preset: str | None, *, words: int | None = None) -> RunConfig:
        """Return the settings over those of a preset; a resumed run has its own beneath.

        Args:
            preset: Name of a preset; None: none.
            words: Training words, by which a base has settings of its own; None: not known yet.
        """
        if self.stored is not None:
            return build_config(self.stored.config, self.settings)
        if self.base is not None:
            return build_config(warm_settings(self.base, words or 0), self.settings)
        return build_config(read_preset(preset) if preset else {}, self.settings)


def resolve(request: TrainRequest, *, processes: int = 1) -> TrainPlan:
    """Check a request before anything is read, and merge its settings.

    Args:
        request: What to train.
        processes: Processes that train together.

    Returns:
        The plan.

    Raises:
        UsageError: If something in it cannot be done, or differs from the run to go on with.
        ModelError: If there is no run to go on with, or it is damaged.
        LmkitError: If the folder cannot be written.
    """
    request = _after_restart(request)
    texts = (*request.sources, *([request.valid] if request.valid else []))
    if request.out.is_dir():
        refuse_sources_inside(request.out, texts)
    check_out(request.out, resume=request.resume, force=request.force)
    if request.direction not in (None, *DIRECTIONS):
        raise UsageError(
            f"no direction named {request.direction!r}; choose from {', '.join(DIRECTIONS)}"
        )
    stored = stored_run(request.out) if request.resume else None
    if stored is not None:
        refuse_other_options(request, stored)
        refuse_other_settings(request.out, stored.config, _settings(request))
    plan = TrainPlan(
        request=request,
        settings=_settings(request),
        stored=stored,
        direction=stored.direction if stored else request.direction or "forward",
        seed=stored.seed if stored else request.seed or DEFAULT_SEED,
        device=choose_device(request.device),
        models=stored.models if stored else wanted_models(request.models),
        processes=processes,
    )
    if base := _base(request, stored):
        plan = plan.starting_from(base)
    check_memory(plan.config(request.preset).model, models=plan.models or 1)
    return plan


def stored_run(out: Path) -> StoredRun:
    """Return the settings of the run in a folder.

    Raises:
        ModelError: If they are missing, damaged, or of an older lmkit.
    """
    return stored_settings(settings_of(out), out / TRAINING)


def stored_settings(stored: JsonObject, place: Path) -> StoredRun:
    """Return settings that `ResolvedRun.settings` gave.

    Args:
        stored: The settings.
        place: Folder to name in an error.

    Raises:
        ModelError: If they are damaged, or of an older lmkit.
    """
    kinds = {"config": dict, "preset": str, "direction": str, "seed": int}
    if any(not isinstance(stored.get(key), kind) for key, kind in kinds.items()):
        raise ModelError(f"the run in {place} is damaged; train again with --force")
    if RENAMED.keys() & (stored["config"].get("training") or {}).keys():
        raise ModelError(
            f"the run in {place} was begun by an older lmkit, whose checkpoints "
            "this one does not read; train again with --force"
        )
    texts = {key: stored.get(key) for key in ("text", "base", "digest")}
    known: JsonObject = {key: text for key, text in texts.items() if isinstance(text, str)}
    models = stored.get("models", 1)
    return StoredRun(
        **{key: stored[key] for key in kinds},
        **known,
        models=models if isinstance(models, int) else 1,
    )


def _after_restart(request: TrainRequest) -> TrainRequest:
    """Return the request to go on with the run in the folder if this very launch began it."""
    path = request.out / TRAINING / SETTINGS
    if request.launch is None or not path.is_file():
        return request
    if settings_of(request.out).get("launch") != request.launch:
        return request
    return replace(request, resume=True, force=False)


def _base(request: TrainRequest, stored: StoredRun | None) -> Base | None:
    """Return the model that was named, or that the run to go on with started from."""
    name = request.base or (stored.base if stored else None)
    if name in (None, NONE) and stored is None:
        return None
    if stored is not None and (name in (None, NONE)) != (stored.base is None):
        began = "a base" if stored.base else "nothing"
        raise UsageError(
            f"the run in {request.out} began from {began}, so --from {request.base} cannot "
            "change it; leave out --from, or train again with --force"
        )
    if name in (None, NONE):
        return None
    base = open_base(name)
    if stored is not None and base.digest != stored.digest:
        raise ModelError(
            f"the run in {request.out} began from another model than {name} holds now; "
            "train again with --force"
        )
    return base


def _direction_from(base: Base, plan: TrainPlan) -> str:
    """Return the directions to train further: those asked for, or all that the base has."""
    request = plan.request
    if request.preset is not None:
        raise UsageError(
            "a preset sets the size of a new model, so it cannot be used with a base: give "
            "--preset or --from, not both"
        )
    check_settings(base, plan.settings)
    if plan.stored is not None:
        return plan.stored.direction
    asked = request.direction or base.direction
    if asked != base.direction and base.direction != "both":
        raise UsageError(
            f"{base.name} reads in the direction {base.direction!r} alone, so it cannot be trained "
            f"further in the direction {asked!r}"
        )
    return asked


def wanted_models(given: str | None) -> int | None:
    """Return how many networks of a direction are asked for; None: what suits text and time.

    Raises:
        UsageError: If it is neither "auto" nor a number from 1 to 64.
    """
    if given is None:
        return 1
    if given == AUTO:
        return None
    if given.isdecimal() and 1 <= int(given) <= MOST_MODELS:
        return int(given)
    raise UsageError(f"--models is a number from 1 to {MOST_MODELS}, or auto; got {given!r}")


def _settings(request: TrainRequest) -> Table:
    """Return all that was given beside a preset, later ones over earlier ones."""
    return overrides(
        file=request.config,
        settings=request.settings,
        options={
            "unit": request.unit,
            "cell": request.cell,
            "minutes": request.minutes,
            "epochs": request.epochs,
            "ngram": request.ngram,
            "precision": request.precision,
        },
    )
