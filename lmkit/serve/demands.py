"""Demands: the pieces of work that one request asks of the engine thread.

A request is answered by strands, each a generator that runs in the engine thread. A strand yields a
demand and is sent what came of it; between demands it computes at once. So the demands of many
requests can be met together, and a strand reads from top to bottom like a function.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias

from lmkit.core.errors import LmkitError
from lmkit.inference.engine import Request
from lmkit.serve.registry import Variant


@dataclass(frozen=True, slots=True)
class Read:
    """Read ids from the beginning; answered with the `Context` after them."""

    variant: Variant
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """Begin a sequence of the decoding engine; answered with its first outputs."""

    variant: Variant
    request: Request


@dataclass(frozen=True, slots=True)
class More:
    """Go on with the sequence begun; answered with its next outputs."""


@dataclass(frozen=True, slots=True)
class Score:
    """Score lines, together with those of others; answered with a `results.Score` for each."""

    variant: Variant
    lines: tuple[str, ...]
    context: str = "line"


@dataclass(frozen=True, slots=True)
class Alone:
    """Wait for a turn to compute for long; answered with a function that lets others go on.

    It is to be called between reads, and raises `StrandCancelledError` once nobody waits.
    """


Breathe: TypeAlias = Callable[[], None]
Demand: TypeAlias = Read | Draw | More | Score | Alone
# Any: what is sent depends on the demand; what is returned is the answer of the strand.
Strand: TypeAlias = Generator[Demand, Any, Any]


class StrandFailedError(LmkitError):
    """Fault of lmkit in the work for a request; the log says more."""


class StrandCancelledError(Exception):
    """End of a strand whose request was cancelled while it computed."""
