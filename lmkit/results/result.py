"""The base of every answer: a frozen value that turns into plain dictionaries and lists."""

from copy import deepcopy
from dataclasses import fields, is_dataclass

_ATOMS = frozenset({str, int, float, bool, type(None)})
_NAMES: dict[type, tuple[str, ...]] = {}  # of the fields of each class met so far


class Result:
    """A frozen answer that turns into plain dictionaries and lists."""

    __slots__ = ()

    def to_dict(self) -> dict[str, object]:
        """Return the answer as JSON can hold it."""
        return {name: _plain(getattr(self, name)) for name in _names(type(self))}


def _plain(value: object) -> object:
    """Return what `dataclasses.asdict` makes of a value; an answer may hold 60,000 words."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if names := _names(kind):
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if kind in (list, tuple):
        items = map(_plain, value)  # type: ignore[call-overload]  # a list or a tuple
        return list(items) if kind is list else tuple(items)
    return deepcopy(value)


def _names(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass; none of another class."""
    if kind not in _NAMES:
        found = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
        _NAMES[kind] = found
    return _NAMES[kind]
