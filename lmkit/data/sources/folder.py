"""A folder of texts, read file by file in the order of their names."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from lmkit.core.errors import DataError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.table import TableFile, table_suffix
from lmkit.data.sources.text_file import TextFile

_MANY = 8  # notices; more are counted, not told


class Folder:
    """All texts of a folder and the folders in it; what is no text is passed over, with a notice.

    Names that begin with a dot are not looked at, nor are models: a model may be trained into the
    folder it learns from, and is then no part of the text.
    """

    def __init__(self, spec: str, config: SourceConfig) -> None:
        self.name = spec
        self.notices: list[str] = []
        self._config = config
        files, self._models = _files_and_models(Path(spec))
        self._files = [self._open(path) for path in files]

    def lines(self) -> Iterator[str]:
        """Yield the lines of every file.

        Raises:
            DataError: If no file is a text.
        """
        notices = [f"passed over: {model} is a model of lmkit" for model in self._models]
        read = 0
        for file in self._files:
            passed_over = _why_not(file)
            if passed_over:
                notices.append(f"passed over: {passed_over}")
                continue
            read += 1
            yield from file.lines()
            notices += file.notices
        self.notices = _shortened(notices)
        if not read:
            raise DataError(f"the folder {self.name} holds no text; give one with text files in it")

    def fingerprint(self) -> str:
        """Return a value for the names and the content of all files."""
        digest = hashlib.sha256()
        for file in self._files:
            named = f"{Path(file.name).relative_to(self.name)}\0{_fingerprint(file)}\n"
            digest.update(named.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def _open(self, path: Path) -> TextFile | TableFile:
        kind = TableFile if table_suffix(path) else TextFile
        return kind(str(path), self._config)


def _files_and_models(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files under a folder, by name, and the models; no link to a folder is followed."""
    found: list[Path] = []
    models: list[Path] = []
    for parent, folders, names in os.walk(folder):
        inner = sorted(Path(parent) / name for name in folders if not name.startswith("."))
        models += filter(_is_model, inner)
        folders[:] = [path.name for path in inner if not _is_model(path)]
        found += [Path(parent) / name for name in names if not name.startswith(".")]
    regular = [path for path in found if path.is_file()]
    return sorted(regular, key=lambda path: path.relative_to(folder).parts), models


def _is_model(folder: Path) -> bool:
    """Say whether a folder is a model of lmkit, or will be one when its training ends."""
    holds = (folder / "config.json").is_file() and (folder / "manifest.json").is_file()
    return holds or (folder / "training" / "run.json").is_file()


def _why_not(file: TextFile | TableFile) -> str:
    """Return why a file cannot be read as text, or nothing."""
    try:
        if isinstance(file, TextFile):
            return "" if file.encoding.is_text else f"{file.name} is not text"
        next(file.lines(), "")
    except DataError as error:
        return str(error)
    return ""


def _fingerprint(file: TextFile | TableFile) -> str:
    """Return a value for the content, or for there being none that can be read."""
    try:
        return file.fingerprint()
    except (DataError, OSError):
        return "unreadable"


def _shortened(notices: list[str]) -> list[str]:
    """Return the first notices, and how many more there are."""
    more = len(notices) - _MANY
    rest = [f"{more} more files were passed over or are not UTF-8"] if more > 0 else []
    return [*notices[:_MANY], *rest]
