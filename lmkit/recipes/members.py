"""The networks of a run, each of one direction and seed.

A run trains one network or several: both directions, and for each direction networks that differ in
their seed, which are averaged when they are asked.
"""

from dataclasses import dataclass, replace

from lmkit.core.free_cores import usable_cores
from lmkit.recipes.prepare import ResolvedRun, TrainData

# Operations, or minutes, of a run from which processes pay for their start of some seconds.
WORTH_A_PROCESS = 2e12
WORTH_MINUTES = 0.5
_A_WEIGHT_AND_TOKEN = 6  # operations of training, forwards and backwards


@dataclass(frozen=True, slots=True)
class Member:
    """One network of a run.

    Attributes:
        direction: forward or backward.
        number: Counted from 1 within the direction.
    """

    direction: str
    number: int = 1

    @property
    def name(self) -> str:
        """Name of its folder, and of the member in events."""
        return self.direction if self.number == 1 else f"{self.direction}-{self.number}"

    def of(self, run: ResolvedRun) -> ResolvedRun:
        """Return the run as it is for this member: with a seed of its own."""
        return replace(run, seed=run.seed + self.number - 1)


def members_of(run: ResolvedRun) -> tuple[Member, ...]:
    """Return the networks that a run trains, those of a direction after each other."""
    return tuple(
        Member(direction, number)
        for direction in run.directions
        for number in range(1, run.models + 1)
    )


def trains_side_by_side(data: TrainData, *, cores: int | None = None) -> bool:
    """Return whether the networks of a run train in processes of their own.

    It follows from the settings, the text and the cores of the machine, never from a clock: under
    epochs equal runs write equal bytes.

    Args:
        data: The run and its text.
        cores: Cores there are; asked of the machine when left out.
    """
    run = data.run
    cores = usable_cores() if cores is None else cores
    if len(members_of(run)) == 1 or run.device.type != "cpu" or cores == 1 or data.world.size > 1:
        return False
    if run.config.training.minutes:
        return run.config.training.minutes >= WORTH_MINUTES
    tokens = run.config.training.epochs * len(data.text.train.ids)
    config = run.config.model
    weights = config.layers * 8 * config.hidden**2 + config.vocab_size * config.embedding
    return tokens * weights * _A_WEIGHT_AND_TOKEN >= WORTH_A_PROCESS


def minutes_of_member(data: TrainData) -> float:
    """Return the minutes that each network trains: all of them, or its share of them in turn."""
    minutes = data.run.config.training.minutes
    return minutes if trains_side_by_side(data) else minutes / len(members_of(data.run))
