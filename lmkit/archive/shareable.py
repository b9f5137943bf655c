"""Facts without the paths of the machine that a model was trained on: what may leave it."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from lmkit.core.json import Json

_URL = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)  # hf:owner/name, https://...
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
# An absolute path inside a sentence: from its root to the next space, quote or end of clause.
_PATH = re.compile(
    r"(?<![\w:/.~-])(?:~|[A-Za-z]:)?[\\/](?:[^\s'\"\\/:;,()]+[\\/])*([^\s'\"\\/:;,()]+)"
)


def file_name(source: str) -> str:
    """Return the last part of a path; names that are no path, such as hf:owner/name, stay.

    Args:
        source: A source as it was named.
    """
    if _URL.match(source) and not _DRIVE.match(source):
        return source
    return re.split(r"[\\/]", source.rstrip("\\/"))[-1] or source


def shareable_command(command: str) -> str:
    """Return a command line with file names in place of paths.

    Args:
        command: As it may be pasted into a shell.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return shareable_text(command)
    return shlex.join(_shareable_word(word) for word in words)


def shareable_text(text: str, *, paths: Iterable[str | Path] = ()) -> str:
    """Return a sentence with file names in place of absolute paths.

    Args:
        text: The sentence.
        paths: Paths that may stand in it, also with spaces in them.
    """
    for path in sorted((str(path) for path in paths), key=len, reverse=True):
        if file_name(path) != path:
            text = text.replace(path, file_name(path))
    return _PATH.sub(lambda found: found[1], text)


def shareable(value: Json, *, paths: Iterable[str | Path] = ()) -> Json:
    """Return facts with file names in place of absolute paths, whatever their depth.

    Args:
        value: Whatever JSON holds.
        paths: As in `shareable_text`.
    """
    known = tuple(paths)
    if isinstance(value, str):
        return shareable_text(value, paths=known)
    if isinstance(value, dict):
        return {key: shareable(item, paths=known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shareable(item, paths=known) for item in value]
    return value


def _shareable_word(word: str) -> str:
    name, equals, value = word.partition("=")
    if equals and not re.search(r"[\\/]", name):
        return f"{name}={file_name(value)}"
    return file_name(word)
