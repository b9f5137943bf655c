"""The checksums of a model folder. Knows files, not what is in them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lmkit.core.errors import ModelError
from lmkit.core.files import sha256

MANIFEST = "manifest.json"
JSON_LIMIT = 64 * 2**20  # bytes; no JSON file of ours comes near


def write_manifest(folder: Path) -> None:
    """Write `manifest.json`: the sha256 of every file that lies in the folder itself."""
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.is_file()}
    files.pop(MANIFEST, None)
    text = json.dumps({"files": files}, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def verify_manifest(folder: Path, *, required: Sequence[str]) -> frozenset[str]:
    """Check every file that the manifest names.

    Args:
        folder: The model folder.
        required: Names that the manifest must hold.

    Returns:
        The names of the files that are as they were written.

    Raises:
        ModelError: If the manifest is missing or malformed, or a file is missing or changed.
    """
    files = _read_files(folder)
    for name in required:
        if name not in files:
            raise ModelError(f"{folder} is damaged: its {MANIFEST} does not list {name}")
    for name, checksum in files.items():
        _verify(folder / name, checksum)
    return frozenset(files)


def read_json(path: Path) -> dict[str, Any]:
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
            raise ModelError(f"{path} is damaged: no such file of lmkit is that large")
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise ModelError(f"{path} is damaged: it is no JSON") from None
    if not isinstance(value, dict):
        raise ModelError(f"{path} is damaged: it holds no JSON object")
    return value


def _read_files(folder: Path) -> dict[str, str]:
    files = read_json(folder / MANIFEST).get("files")
    if not isinstance(files, dict):
        raise ModelError(f"{folder / MANIFEST} is damaged: it lists no files")
    for name, checksum in files.items():
        if not isinstance(checksum, str) or not _is_plain(name):
            raise ModelError(f"{folder / MANIFEST} is damaged: it lists {name!r}")
    return files


def _is_plain(name: str) -> bool:
    """Say whether a name stands for a file of the folder itself, and not for a path elsewhere."""
    return bool(name) and not (set(name) & set("/\\:\0")) and name not in {".", ".."}


def _verify(path: Path, checksum: str) -> None:
    if path.is_symlink() or not path.is_file():
        raise ModelError(f"{path.parent} is damaged: {path.name} is missing")
    try:
        actual = sha256(path)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from None
    if actual != checksum:
        raise ModelError(
            f"{path.parent} is damaged: {path.name} is not as it was written; "
            "fetch or train the model again"
        )
