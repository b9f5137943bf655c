"""Manifest of a model folder: the SHA-256 of each file, checked before a file is believed.

A writer replaces files one by one. Its point of no return is a second manifest, `PENDING`: it names
the files of the new model, each under its own name or still under a temporary one. Readers follow
it, so that a writer that was killed leaves the old model or the new one whole, never a mixture.
Knows files, not their contents.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lmkit.core.errors import ModelError
from lmkit.core.files import sha256
from lmkit.core.json import Json, JsonObject

MANIFEST = "manifest.json"
PENDING = ".lmkit-pending.json"
PARTIAL = re.compile(r"\.lmkit-[0-9a-f]{16}\.partial")  # temporary names of a writer
JSON_LIMIT = 64 * 2**20  # bytes; no JSON file of ours comes near


@dataclass(frozen=True, slots=True)
class Manifest:
    """Files of a model.

    Attributes:
        files: SHA-256 of each, by name.
        partial: Names that files of a replacement under way still have, by the name they will get.
        obsolete: Files of the model before that the replacement under way takes away.
    """

    files: Mapping[str, str]
    partial: Mapping[str, str] = field(default_factory=dict)
    obsolete: tuple[str, ...] = ()

    def place(self, folder: Path, name: str) -> Path:
        """Return where a file of the model lies now."""
        waiting = folder / self.partial[name] if name in self.partial else None
        return waiting if waiting is not None and waiting.is_file() else folder / name


def read_manifest(folder: Path) -> Manifest:
    """Read which files belong to the model in a folder.

    Args:
        folder: The model folder.

    Returns:
        The manifest; that of the replacement under way, where one passed its point of no return.

    Raises:
        ModelError: If there is none, or it is malformed.
    """
    name = PENDING if (folder / PENDING).is_file() else MANIFEST
    content = read_json(folder / name)
    files = content.get("files")
    if not isinstance(files, dict):
        raise ModelError(f"{folder / name} is damaged: it lists no files")
    for file, checksum in files.items():
        if not isinstance(checksum, str) or not is_plain(file):
            raise ModelError(f"{folder / name} is damaged: it lists {file!r}")
    if name == MANIFEST:
        return Manifest(files)
    partial, obsolete = content.get("partial", {}), content.get("obsolete", [])
    if not _are_partial(partial) or not _are_plain(obsolete):
        raise ModelError(f"{folder / name} is damaged; write the model again")
    return Manifest(files, partial, tuple(obsolete))


def place_of(folder: Path, name: str) -> Path:
    """Return where a file of a model lies now, before the model was verified.

    Args:
        folder: The model folder.
        name: Of the file.
    """
    try:
        return read_manifest(folder).place(folder, name)
    except ModelError:  # `verify_files` tells of a damaged manifest
        return folder / name


def verify_files(
    folder: Path, *, required: Sequence[str] = (), unchecked: Collection[str] = ()
) -> dict[str, Path]:
    """Check every file that the manifest names.

    Args:
        folder: The model folder.
        required: Names that the manifest must hold.
        unchecked: Names that may be changed or missing; they are left out of the result.

    Returns:
        Where each file lies that is as it was written, by its name.

    Raises:
        ModelError: If the manifest is missing or malformed, or a file is missing or changed.
    """
    manifest = read_manifest(folder)
    for name in required:
        if name not in manifest.files:
            raise ModelError(f"{folder} is damaged: its {MANIFEST} does not list {name}")
    found = {}
    for name, checksum in manifest.files.items():
        if name not in unchecked:
            found[name] = manifest.place(folder, name)
            _verify(found[name], name, checksum)
    return found


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Refuse what the block reads if the model is replaced meanwhile.

    Args:
        folder: The model folder.

    Raises:
        ModelError: If another process replaced the model, whatever the block raised or returned.
    """
    before = _stamp(folder)
    failure: ModelError | None = None
    try:
        yield
    except ModelError as error:
        failure = error
    if _stamp(folder) != before:
        raise ModelError(f"{folder} is being replaced right now; try again later")
    if failure is not None:
        raise failure


def read_json(path: Path) -> JsonObject:
    """Read a JSON object.

    Args:
        path: The file.

    Returns:
        The object; its values are whatever JSON holds.

    Raises:
        ModelError: If the file is missing, no JSON, or no object.
    """
    try:
        if path.stat().st_size > JSON_LIMIT:
            raise ModelError(f"{path} is damaged: it is larger than lmkit writes such a file")
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise ModelError(f"{path} is damaged: it is not JSON") from None
    if not isinstance(value, dict):
        raise ModelError(f"{path} is damaged: it is not a JSON object")
    return value


def is_plain(name: str) -> bool:
    """Tell whether a name stands for a file of the folder itself, and not for a path elsewhere."""
    return bool(name) and not (set(name) & set("/\\:\0")) and name not in {".", ".."}


def _are_plain(names: Json) -> bool:
    return isinstance(names, list) and all(isinstance(n, str) and is_plain(n) for n in names)


def _are_partial(names: Json) -> bool:
    return isinstance(names, dict) and all(
        is_plain(name) and isinstance(partial, str) and PARTIAL.fullmatch(partial)
        for name, partial in names.items()
    )


def _stamp(folder: Path) -> tuple[bytes | None, ...]:
    """Return what changes when a model is replaced."""
    return tuple(_content(folder / name) for name in (PENDING, MANIFEST))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= JSON_LIMIT else b""
    except OSError:
        return None


def _verify(path: Path, name: str, checksum: str) -> None:
    if path.is_symlink() or not path.is_file():
        raise ModelError(f"{path.parent} is damaged: {name} is missing")
    try:
        actual = sha256(path)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from None
    if actual != checksum:
        raise ModelError(
            f"{path.parent} is damaged: {name} has a wrong checksum; fetch or train the model again"
        )
