"""Registries: names and the objects they stand for, imported on first use.

A registry line is `"name": "lmkit.package.module:attribute"`: listing the names loads nothing, so
help texts and mistyped names are answered without torch. Registration is this line, never a side
effect of an import.
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar, cast

from lmkit.core.errors import unknown_name

T = TypeVar("T")


class Registry(Generic[T]):
    """A fixed table of names, each resolved on first use."""

    def __init__(self, kind: str, entries: Mapping[str, str]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def names(self) -> tuple[str, ...]:
        """Return all names, in the order they were registered."""
        return tuple(self._entries)

    def get(self, name: str) -> T:
        """Return the object of a name.

        Args:
            name: One of `names()`.

        Returns:
            The registered object.

        Raises:
            UnknownNameError: If nothing has that name; the message names the nearest one.
        """
        if name not in self._entries:
            raise unknown_name(self.kind, name, self._entries)
        module, _, attribute = self._entries[name].partition(":")
        return cast("T", getattr(importlib.import_module(module), attribute))

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)
