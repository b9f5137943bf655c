"""Texts in nested values, as JSON, Parquet and hub rows have them, found by a dotted path.

A path leads through objects by their keys and through every element of a list on the way:
`messages.text` is the text of each message. The key `*` stands for every key of an object, as where
records stand beneath their numbers: `mapping.*.message.text`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_PART = "text"  # the key of a rich text's part that holds its text
_DEEPEST = 12  # keys of a path that is looked for
_LONGEST = 20  # elements of a list looked at for paths
EVERY = "*"  # the key that stands for every key
_FEWEST_KEYS = 3  # that lead to the same, from which on they are taken for names of records

Value = Any  # of JSON, Parquet or a hub row: str, number, bool, None, list, dict, date, bytes ...
Path = tuple[str, ...]


def values_at(value: Value, path: Path) -> Iterator[Value]:
    """Yield what stands at a path of a value.

    Args:
        value: An object, a list of such, or anything else, which has no paths.
        path: Keys, one of which may hold the rest, dots included; none stand for the value itself.

    Yields:
        Values, those of lists on the way one after the other.
    """
    if not path:
        yield value
    elif isinstance(value, list | tuple):
        for element in value:
            yield from values_at(element, path)
    elif isinstance(value, Mapping):
        whole = ".".join(path)
        if whole in value:
            yield value[whole]
        elif path[0] in value:
            yield from values_at(value[path[0]], path[1:])
        elif path[0] == EVERY:
            for inner in value.values():
                yield from values_at(inner, path[1:])


def texts_of(value: Value) -> list[str] | None:
    """Return the texts that a cell holds.

    Args:
        value: A text, a number, a date, a list of texts, or a rich text: a list of parts, some of
            them objects with a `text`, which are one text together. A missing value has no text.

    Returns:
        Texts without lone surrogates; None for an object, which is no text.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return [sound(value)]
    if isinstance(value, Mapping):
        return [sound(value[_PART])] if isinstance(value.get(_PART), str) else None
    if isinstance(value, list | tuple):
        return _texts_of_list(value)
    if isinstance(value, bytes):
        return [value.decode("utf-8", "replace")]
    if isinstance(value, bool):
        return [str(value).lower()]
    return [str(value)]


def paths_in(value: Value, before: Path = ()) -> Iterator[Path]:
    """Yield the paths at which a value holds texts, numbers or the like.

    Args:
        value: Any value; of long lists only the first elements are looked at.
        before: The path of the value itself.

    Yields:
        Paths, some of them more than once.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if len(before) < _DEEPEST:
                yield from paths_in(inner, (*before, str(key)))
    elif isinstance(value, list | tuple):
        for element in islice(value, _LONGEST):
            yield from paths_in(element, before)
    elif before and value is not None:
        yield before


def find_path(paths: Sequence[Path], column: str) -> Path | None:
    """Return the path that a column name stands for.

    Args:
        paths: Those there are.
        column: Keys joined by dots; a key alone is looked for deeper where it is not at the top.
            Capitals and spaces around a key make no difference where no key is written so.

    Returns:
        The path; None if there is none, or several as deep as each other.
    """
    asked = tuple(column.split("."))
    if asked in paths or (column,) in paths or any(_covers(asked, path) for path in paths):
        return asked
    if all(path[:-1] == asked and path[-1].isdecimal() for path in paths if path[0] == asked[0]):
        numbered = (*asked, EVERY)  # rows beneath their numbers, column by column
        if any(_covers(numbered, path) for path in paths):
            return numbered
    if "." in column:
        return _spelled_otherwise(paths, asked)
    inner = [path for path in paths if path[-1] == column]
    depth = min(map(len, inner), default=0)
    nearest = merged([path for path in inner if len(path) == depth])
    return nearest[0] if len(nearest) == 1 else _spelled_otherwise(paths, asked)


def merged(paths: Iterable[Path]) -> list[Path]:
    """Return paths, those that differ in one key alone as one of every key.

    Args:
        paths: Of them, at least three that go the same way before and after the key are merged.
    """
    found = list(dict.fromkeys(paths))
    for place in range(_DEEPEST):
        alike: dict[tuple[Path, Path], list[Path]] = {}
        for path in found:
            if len(path) > place + 1:  # the last key names the value
                alike.setdefault((path[:place], path[place + 1 :]), []).append(path)
        many = {way for way, same in alike.items() if len(same) >= _FEWEST_KEYS}
        ways = [(path[:place], path[place + 1 :]) for path in found]
        renamed = [
            (*way[0], EVERY, *way[1]) if len(path) > place + 1 and way in many else path
            for path, way in zip(found, ways, strict=True)
        ]
        found = list(dict.fromkeys(renamed))
    return found


def _covers(asked: Path, path: Path) -> bool:
    """Return whether a path with the key for every key stands for another."""
    if EVERY not in asked or len(asked) != len(path):
        return False
    return all(key in (EVERY, there) for key, there in zip(asked, path, strict=True))


def _spelled_otherwise(paths: Sequence[Path], asked: Path) -> Path | None:
    """Return the one path at the top, or of all keys, that differs in capitals or spaces alone."""
    folded = [key.strip().casefold() for key in asked]
    found = [path for path in paths if [key.strip().casefold() for key in path] == folded]
    return found[0] if len(found) == 1 else None


def named(path: Path) -> str:
    """Return a path as it is written after --column."""
    return ".".join(path)


def sound(text: str) -> str:
    """Return a text in which each lone surrogate, half of a character, is U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _texts_of_list(parts: Sequence[Value]) -> list[str] | None:
    found = [texts_of(part) for part in parts]
    if any(texts is None for texts in found):
        return None
    texts = [text for some in found for text in some or ()]
    is_rich = any(isinstance(part, Mapping) for part in parts)
    return ["".join(texts)] if is_rich else texts
