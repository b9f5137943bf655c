"""A run to a checkpoint and back: what belongs in it is listed here, once each way."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from lmkit.core.errors import LmkitError, ModelError
from lmkit.models.weights import load_weights, weights_of
from lmkit.nn.state import tensors_of, with_tensors
from lmkit.training.budget import StepTimes
from lmkit.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    random_state,
    save_checkpoint,
    set_random_state,
)
from lmkit.training.divergence import DivergenceWatch
from lmkit.training.state import TrainerState
from lmkit.training.step_plan import StepPlan

if TYPE_CHECKING:
    from lmkit.training.trainer import B, S, Trainer


def store(trainer: "Trainer[B, S]", folder: Path) -> None:
    """Write all that the run needs to go on exactly.

    Args:
        trainer: Between two steps.
        folder: The training folder.
    """
    state = trainer.descent.state
    tensors: dict[str, Mapping[str, Tensor]] = {
        "model": weights_of(trainer.descent.model),
        "best": trainer.best,
        "average": trainer.averager.tensors(),
        "optimizer": trainer.descent.optimizers.tensors(),
        "state": {str(i): tensor for i, tensor in enumerate(tensors_of(state))},
        "random": random_state(),
    }
    facts: dict[str, Any] = {
        "fingerprint": trainer.setting.fingerprint,
        "training": asdict(trainer.config),
        "standing": asdict(trainer.standing),
        "watch": trainer.watch.to_json(),
        "averaged": trainer.averager.count,
        **trainer.pace.to_json(),
    }
    save_checkpoint(folder, Checkpoint(tensors, facts))


def restore(trainer: "Trainer[B, S]", folder: Path) -> None:
    """Take over the run of a checkpoint.

    Args:
        trainer: Newly made, with the same model, data and settings.
        folder: The training folder.

    Raises:
        ModelError: If the checkpoint is missing or damaged.
        LmkitError: If it is of other data or another model.
    """
    checkpoint = load_checkpoint(folder)
    if checkpoint.facts.get("fingerprint") != trainer.setting.fingerprint:
        raise LmkitError(
            f"the run in {folder} was made of other data or another model; "
            "resume it with what it began with, or train anew with --force"
        )
    try:
        _restore_facts(trainer, checkpoint.facts)
        _restore_tensors(trainer, checkpoint.tensors)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"the checkpoint in {folder} is damaged ({error!r}); train anew") from None


def _restore_facts(trainer: "Trainer[B, S]", facts: Mapping[str, Any]) -> None:
    """Take over the plain values; where the budget was changed, plan the longer run anew."""
    trainer.standing = TrainerState(**facts["standing"])
    trainer.watch = DivergenceWatch(**facts["watch"])
    trainer.averager.count = int(facts["averaged"])
    trainer.pace.times = StepTimes(**facts["times"])
    trainer.pace.plan = StepPlan.from_json(facts["plan"])
    before, config = facts["training"], trainer.config
    if (config.minutes, config.epochs) != (before["minutes"], before["epochs"]):
        trainer.standing.stale = 0
        trainer.pace.rebudget(trainer.standing.step)


def _restore_tensors(trainer: "Trainer[B, S]", tensors: Mapping[str, Mapping[str, Tensor]]) -> None:
    load_weights(trainer.descent.model, tensors["model"])
    trainer.best = dict(tensors["best"])
    trainer.averager.load(tensors.get("average", {}), count=trainer.averager.count)
    trainer.descent.optimizers.load(tensors.get("optimizer", {}))
    stored = tensors.get("state", {})
    if stored:
        ordered = [stored[str(i)] for i in range(len(stored))]
        trainer.descent.state = with_tensors(trainer.descent.empty_state(), ordered)
    set_random_state(tensors["random"])
