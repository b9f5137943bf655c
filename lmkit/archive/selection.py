"""Selections from the contents of a model folder: one direction, or one of several networks."""

from dataclasses import replace

from lmkit.archive.folder import Archive
from lmkit.archive.kinds import kind_of
from lmkit.core.errors import UsageError
from lmkit.models.recurrent.average import AverageLM


def is_backward(archive: Archive) -> bool:
    """Return whether an archive has a backward model alone."""
    return archive.facts.get("direction") == "backward"


def in_direction(archive: Archive, direction: str | None) -> Archive:
    """Return an archive with the models of one direction, or as it is.

    Args:
        archive: Contents of a model folder.
        direction: "forward", "backward" or "both"; None leaves it as it is.

    Raises:
        UsageError: If it lacks the direction.
    """
    has = "both" if archive.backward is not None else archive.facts.get("direction", "forward")
    if direction is None or direction == has:
        return archive
    if has != "both":
        raise UsageError(f"the model reads in the direction {has!r}, not {direction!r}")
    facts = {**archive.facts, "direction": direction}
    if direction == "forward":
        return replace(archive, backward=None, facts=facts)
    if archive.backward is None:
        raise UsageError("the model has no backward direction")
    return replace(archive, model=archive.backward, backward=None, facts=facts)


def network_count(archive: Archive) -> int:
    """Return how many networks of a direction are averaged; 1 where there is one alone."""
    return len(archive.model.networks) if isinstance(archive.model, AverageLM) else 1


def with_network(archive: Archive, number: int) -> Archive:
    """Return an archive with one network of each direction in the place of their average.

    Args:
        archive: Contents of a model folder; they are not changed.
        number: Which network, counted from 1.

    Raises:
        UsageError: If there are not so many.
    """
    if network_count(archive) == number == 1:
        return archive
    back = archive.backward
    backward = None if back is None else kind_of(back).network(back, number)
    return replace(archive, model=archive.network_at(number), backward=backward)
