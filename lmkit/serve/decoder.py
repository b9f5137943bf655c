"""The sequences of one model: prefixes that are read, and texts that are written after them.

Every step is one step of the decoding engine for all of them. Knows nothing of requests but who
asked: a reader or writer is any object.
"""

from collections.abc import Hashable
from typing import TypeAlias

from lmkit.inference.context import Context
from lmkit.inference.engine import Engine, Output, Request
from lmkit.models.base import Model
from lmkit.serve.prefix_cache import PrefixCache

CHUNK = 16  # ids of each prompt read in one step at most, while nothing is written

Came: TypeAlias = tuple[Hashable, Context | list[Output]]  # who asked, and what came


class Decoder:
    """Readers and writers of one model, which share its steps."""

    def __init__(self, key: Hashable, model: Model, prefixes: PrefixCache) -> None:
        """Begin without any.

        Args:
            key: Key of the model in the prefix cache.
            model: The model.
            prefixes: Texts read before, by any model.
        """
        self._key = key
        self._engine = Engine(model, chunk=CHUNK)
        self._prefixes = prefixes
        self._readers: dict[int, tuple[tuple[int, ...], list[Hashable]]] = {}
        self._writers: dict[int, Hashable] = {}

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self._engine)

    def read(self, asker: Hashable, ids: tuple[int, ...]) -> Context | None:
        """Read ids from the beginning of all; who asks for the same shares the reading.

        Returns:
            The context, where it was kept; else None, and it comes with a step.
        """
        for own, askers in self._readers.values():
            if own == ids:
                askers.append(asker)
                return None
        length, context = self._prefixes.longest(self._key, ids)
        if context is not None and length == len(ids):
            return context
        request = Request(
            prompt=ids[length:], context=context, before=ids[:length], sampling=None, max_tokens=1
        )
        self._readers[self._engine.add(request)] = ids, [asker]
        return None

    def write(self, asker: Hashable, request: Request) -> None:
        """Begin a sequence; its outputs come with the steps."""
        self._writers[self._engine.add(request)] = asker

    def cancel(self, asker: Hashable) -> None:
        """Let go of all that somebody asked for."""
        for handle in [own for own, writer in self._writers.items() if writer is asker]:
            del self._writers[handle]
            self._engine.cancel(handle)
        for handle, (_, askers) in list(self._readers.items()):
            askers[:] = [other for other in askers if other is not asker]
            if not askers:
                del self._readers[handle]
                self._engine.cancel(handle)

    def step(self) -> list[Came]:
        """Read one id of every sequence, or more while none is written.

        Returns:
            What came, in the order of arrival.
        """
        written: dict[int, list[Output]] = {}
        for output in self._engine.step():
            written.setdefault(output.handle, []).append(output)
        came: list[Came] = []
        for handle in self._engine.waiting:
            ids, askers = self._readers.pop(handle)
            context = self._engine.context(handle)
            self._engine.cancel(handle)
            self._prefixes.keep(self._key, ids, context)
            came += [(asker, context) for asker in askers]
        for handle, outputs in written.items():
            asker = self._writers[handle]
            if outputs[-1].finish:
                del self._writers[handle]
            came.append((asker, outputs))
        return came
