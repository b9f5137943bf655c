"""Writing a model folder file by file, beside whatever else its owner keeps there.

Every file is first written whole under a temporary name in the folder itself: the folder may be the
current one, a mount point or a link, and no name outside it is touched. Then a pending manifest
(`archive/manifest.py`) marks the point of no return, the files take their names, files of the model
before that the new one lacks are removed, and the manifest comes last. A file that no manifest of
lmkit lists belongs to somebody else and keeps its content. Knows bytes, not models.
"""

import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from lmkit.archive.manifest import (
    MANIFEST,
    PARTIAL,
    PENDING,
    Manifest,
    read_json,
    read_manifest,
)
from lmkit.core.errors import Hint, LmkitError, ModelError, UsageError
from lmkit.core.files import json_bytes, sha256, sync

Write: TypeAlias = Callable[[Path], object]  # writes a file under the name it is given

CARD = "README.md"  # the one file of ours that its owner may edit: then it is kept beside the new
SPARE = ".kept"  # appended to the name of somebody else's file that stands where one of ours goes
_PROBE = b"lmkit writes its model here\n"


def write_folder(folder: Path, files: Mapping[str, Write]) -> None:
    """Write the files of a model; a model already there is whole until the new one is.

    Args:
        folder: The model folder; made if need be.
        files: The function that writes each file, by its name.

    Raises:
        LmkitError: If the folder cannot be written or the disk is full; the model that was there
            is then as it was.
    """
    written: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        finish(folder)
        _sweep(folder)
        before = _listed(folder)
        for name, write in files.items():
            written[name] = _partial(folder)
            write(written[name])
            sync(written[name])
        _commit(folder, written, before)
    except OSError as error:
        _discard(folder, written.values())
        kept = "; the model there is as it was" if (folder / MANIFEST).is_file() else ""
        raise _unwritable(folder, error, kept) from error
    except BaseException:
        _discard(folder, written.values())
        raise


def finish(folder: Path) -> None:
    """Bring a replacement to its end that was cut short after its point of no return.

    Args:
        folder: The model folder; nothing happens where no replacement is under way.

    Raises:
        ModelError: If its pending manifest is damaged.
        OSError: If the folder cannot be written.
    """
    if not (folder / PENDING).is_file():
        return
    manifest = read_manifest(folder)
    _set_aside(folder, manifest)
    for name, partial in manifest.partial.items():
        if (folder / partial).is_file():
            (folder / partial).replace(folder / name)
    for name in manifest.obsolete:
        (folder / name).unlink(missing_ok=True)
    _write_json(folder, MANIFEST, {"files": dict(manifest.files)})
    (folder / PENDING).unlink()
    sync(folder)


def rehearse(folder: Path, names: Iterable[str], *, size: int = 0) -> None:
    """Do beforehand what writing a model will do: write, force to the disk and rename.

    Args:
        folder: The model folder; made if need be.
        names: Files that will be written.
        size: About how many bytes they will take.

    Raises:
        LmkitError: If the folder cannot be written, or the disk has less room.
        UsageError: If something of the user's stands where a file will go.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        finish(folder)
        first, second = _partial(folder), _partial(folder)
        try:
            first.write_bytes(_PROBE)
            sync(first)
            first.replace(second)
        finally:
            _discard(folder, (first, second))
        sync(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _unwritable(folder, error) from error
    if free < size:
        raise LmkitError(
            f"the model will take about {_bytes(size)}, but the disk of {folder} has "
            f"{_bytes(free)} left; make room there first",
            hint=Hint.OTHER_FOLDER,
        )
    _refuse_strangers(folder, names)


def refuse_sources_inside(folder: Path, sources: Iterable[str]) -> None:
    """Refuse to write a model where the text lies that it is made from.

    Args:
        folder: The model folder.
        sources: Sources as the user named them; those that are no paths are passed over.

    Raises:
        UsageError: If one of them is the folder or lies inside it.
    """
    place = folder.resolve()
    for source in sources:
        path = Path(source)
        try:
            is_inside = path.exists() and path.resolve().is_relative_to(place)
        except (OSError, ValueError):
            continue
        if is_inside:
            raise UsageError(
                f"the text {source} lies inside the model folder {folder}; move it out, "
                "or write the model to another folder"
            )


def _commit(folder: Path, written: Mapping[str, Path], before: Mapping[str, str]) -> None:
    """Pass the point of no return, and give every file its name."""
    checksums = {name: sha256(path) for name, path in written.items()}
    obsolete = [
        name
        for name, checksum in before.items()
        if name not in written and _is_as_written(folder / name, checksum)
    ]
    sync(folder)
    _write_json(
        folder,
        PENDING,
        {
            "files": checksums,
            "partial": {name: path.name for name, path in written.items()},
            "obsolete": obsolete,
        },
    )
    with suppress(OSError):  # the new model is whole already: what is left is for `finish`
        finish(folder)


def _set_aside(folder: Path, coming: Manifest) -> None:
    """Rename files of others that stand where a file of ours goes, before the first is replaced."""
    ours = _listed_by(folder / MANIFEST)
    for name, partial in coming.partial.items():
        target = folder / name
        is_edited = name == CARD and not _is_as_written(target, ours.get(name, ""))
        is_strange = is_edited or name not in ours
        is_there = target.is_symlink() or target.exists()
        if is_strange and is_there and (folder / partial).is_file():
            target.rename(_spare(target))


def _spare(path: Path) -> Path:
    """Return a free name beside a file."""
    number, spare = 1, path.with_name(path.name + SPARE)
    while spare.is_symlink() or spare.exists():
        number += 1
        spare = path.with_name(f"{path.name}{SPARE}-{number}")
    return spare


def _refuse_strangers(folder: Path, names: Iterable[str]) -> None:
    ours = _listed(folder)
    for name in names:
        path = folder / name
        if path.is_dir() or (name not in ours and path.exists()):
            raise UsageError(
                f"{path} was not written by lmkit, and the model will have a file of that name; "
                "move it away, or write the model to another folder"
            )


def _listed(folder: Path) -> Mapping[str, str]:
    """Return the checksums of the files that belong to a model in the folder, by name."""
    return _listed_by(folder / MANIFEST)


def _listed_by(manifest: Path) -> Mapping[str, str]:
    if not manifest.is_file():
        return {}
    try:
        return {**read_manifest_file(manifest), MANIFEST: ""}
    except ModelError:  # a damaged model: none of the files is known to be ours
        return {}


def read_manifest_file(manifest: Path) -> Mapping[str, str]:
    """Return the checksums in a manifest, by name of the file.

    Raises:
        ModelError: If it is malformed.
    """
    files = read_json(manifest).get("files")
    if not isinstance(files, dict) or not all(isinstance(value, str) for value in files.values()):
        raise ModelError(f"{manifest} is damaged: it lists no files")
    return files


def _is_as_written(path: Path, checksum: str) -> bool:
    return path.is_file() and not path.is_symlink() and sha256(path) == checksum


def _partial(folder: Path) -> Path:
    return folder / f".lmkit-{secrets.token_hex(8)}.partial"


def _sweep(folder: Path) -> None:
    """Remove temporary files of a writer that was killed before its point of no return."""
    entries = list(folder.iterdir())
    _discard(folder, (path for path in entries if PARTIAL.fullmatch(path.name)))
    for path in entries:  # a file that is itself written under a temporary name lay in a folder
        if path.is_dir() and PARTIAL.match(path.name.removeprefix(".")):
            shutil.rmtree(path, ignore_errors=True)


def _discard(folder: Path, paths: Iterable[Path]) -> None:
    """Remove temporary files, unless a pending manifest names them: they are the model then."""
    if (folder / PENDING).is_file():
        return
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _write_json(folder: Path, name: str, value: object) -> None:
    partial = _partial(folder)
    try:
        partial.write_bytes(json_bytes(value))
        sync(partial)
        partial.replace(folder / name)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync(folder)


def _bytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} KB"


def _unwritable(folder: Path, error: OSError, rest: str = "") -> LmkitError:
    return LmkitError(f"cannot write {folder}: {error.strerror or error}{rest}")
