"""Training in several processes: one leads, which chooses and writes, and the others follow it.

A follower takes the settings of the run from the leader and reads the same text; it may be on
another machine, and needs no disk in common with the leader.
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lmkit.core.devices import choose_device, prepare_cpu
from lmkit.core.errors import DataError, UsageError
from lmkit.data.prepared_text import PreparedText
from lmkit.recipes.base import open_base
from lmkit.recipes.members import members_of
from lmkit.recipes.prepare import TrainData, read_text, resolved_run
from lmkit.recipes.request import TrainRequest
from lmkit.recipes.resolve import TrainPlan, stored_settings
from lmkit.recipes.resume_changes import StoredRun
from lmkit.recipes.train import batches_of, follow_member
from lmkit.training.world import World


def lead(data: TrainData) -> None:
    """Tell the other processes what is trained, and wait until they have read the text.

    Args:
        data: The run and its text.

    Raises:
        UsageError: If there are more processes than streams to share.
    """
    if data.world.size == 1:
        return
    streams = batches_of(data.run, data.text, "forward").batch
    if streams < data.world.size:
        raise UsageError(
            f"{data.world.size} processes cannot share the {streams} streams of this text; start "
            "fewer processes, or give more streams with --set batch=N"
        )
    data.world.broadcast(json.dumps(data.run.settings(data.text)).encode())
    data.world.meet()  # as `_read_in_turn` does


def follow(
    request: TrainRequest, *, stop: Callable[[], bool], world: World, local_rank: int
) -> str:
    """Train as one of several processes, none of whose files are kept.

    Args:
        request: The same request as that of the leader.
        stop: Asked after each step; yes ends training in all processes.
        world: The processes.
        local_rank: Number of this process on its machine.

    Returns:
        The reason of the end, alike in all processes, once the leader has written the model.

    Raises:
        DataError: If the text cannot be read, or is not that of the leader.
        ModelError: If the model to start from is missing.
    """
    stored = stored_settings(json.loads(world.broadcast(b"")), request.out)
    prepare_cpu()
    with tempfile.TemporaryDirectory(prefix="lmkit-", ignore_cleanup_errors=True) as folder:
        plan = _plan(replace(request, out=Path(folder)), stored, world)
        text = _read_in_turn(plan, world, is_first=local_rank == 0)
        if text.key != stored.text:
            raise DataError(
                f"process {world.rank} reads another text than the first one; check that all "
                "machines have the same files and the same version of lmkit"
            )
        data = TrainData(run=resolved_run(plan, text), text=text, seconds=0.0, world=world)
        reason = _train(data, stop=stop)
        world.meet()
        return reason


def _plan(request: TrainRequest, stored: StoredRun, world: World) -> TrainPlan:
    """Return the plan of the leader, which leaves nothing to choose."""
    return TrainPlan(
        request=request,
        settings={},
        stored=stored,
        direction=stored.direction,
        seed=stored.seed,
        device=choose_device(request.device),
        base=open_base(stored.base) if stored.base else None,
        models=stored.models,
        processes=world.size,
    )


def _read_in_turn(plan: TrainPlan, world: World, *, is_first: bool) -> PreparedText:
    """Read the text; the first process of a machine first, and then the others find its ids."""
    if not is_first:
        world.meet()
    text = read_text(plan)
    if is_first:
        world.meet()
    return text


def _train(data: TrainData, *, stop: Callable[[], bool]) -> str:
    """Train the networks of a run in turn; an interrupt leaves later ones out."""
    reason = ""
    for member in members_of(data.run):
        reason = follow_member(data, member, stop=stop).reason
        if reason == "interrupted":
            break
    return reason
