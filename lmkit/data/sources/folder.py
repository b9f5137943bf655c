"""A folder of texts, read file by file in the order of their names."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lmkit.core.errors import DataError
from lmkit.core.file_names import printable
from lmkit.data.prepared_text import is_prepared
from lmkit.data.sources.source import Fingerprinted, Shardable, Source, SourceConfig
from lmkit.data.sources.table import TableFile, table_suffix
from lmkit.data.sources.text_file import TextFile

_MANY = 8  # notices; more are counted, not told
_ALSO_CUT = 1.5  # parts' sizes; a file larger than that is cut for reading by several processes


class Folder:
    """All texts of a folder and the folders in it; what is no text is passed over, with a notice.

    Names that begin with a dot are not looked at, nor are models: a model may be trained into the
    folder it learns from, and is then no part of the text.

    Attributes:
        name: What the user called it.
        notices: What a user should know of the reading, complete once the lines were read.
    """

    def __init__(self, spec: str, config: SourceConfig) -> None:
        self.name = printable(spec)
        self.notices: list[str] = []
        self._path = Path(spec)
        self._config = config
        self._paths, self._models = _files_and_models(self._path)

    def lines(self) -> Iterator[str]:
        """Yield the lines of every file.

        A file that turns out to be damaged keeps what was read of it, with a notice.

        Raises:
            DataError: If no file is a text.
        """
        notices = [
            f"skipped: {printable(str(model))} is {_kind_of(model)}" for model in self._models
        ]
        faults: list[str] = []
        files = [self._open(path) for path in self._paths]
        yield from _lines_of_all(files, notices, faults)
        self.notices = _shortened(notices)
        if len(faults) == len(files):
            more = f" (and {len(faults) - 1:,} more files)" if len(faults) > 1 else ""
            why = f": {faults[0]}{more}" if faults else "; give one with text files in it"
            raise DataError(f"the folder {self.name} holds no text{why}")

    def fingerprint(self) -> str:
        """Return a value for the names and the content of all files."""
        digest = hashlib.sha256()
        for path in self._paths:
            named = f"{path.relative_to(self._path)}\0{_fingerprint(self._open(path))}\n"
            digest.update(named.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def sizes(self) -> dict[str, int]:
        """Return the bytes of each file, by its path within the folder."""
        return {str(path.relative_to(self._path)): path.stat().st_size for path in self._paths}

    def shards(self, count: int) -> Sequence[Source]:
        """Return parts of the folder: runs of files, of which large ones may be cut too."""
        sizes = [path.stat().st_size for path in self._paths]
        wanted = sum(sizes) / count
        if count < 2 or not wanted:
            return (self,)
        cut: list[tuple[Source, float]] = []
        for path, size in zip(self._paths, sizes, strict=True):
            file = self._open(path)
            parts = _cut(file, round(size / wanted)) if size > wanted * _ALSO_CUT else [file]
            cut += [(part, size / len(parts)) for part in parts]
        return _joined(self.name, cut, wanted)

    def _open(self, path: Path) -> TextFile | TableFile:
        kind = TableFile if table_suffix(path) else TextFile
        return kind(str(path), self._config)


@dataclass(slots=True)
class FolderPart:
    """Some of the files of a folder, one after the other.

    Attributes:
        name: The folder and the number of the part.
        sources: The files, or parts of them.
        notices: What a user should know of the reading, complete once the lines were read.
    """

    name: str
    sources: list[Source]
    notices: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield the lines of every file; one that cannot be read is passed over."""
        notices: list[str] = []
        yield from _lines_of_all(self.sources, notices, [])
        self.notices = _shortened(notices)


def _lines_of_all(
    sources: Sequence[Source], notices: list[str], faults: list[str]
) -> Iterator[str]:
    """Yield the lines of sources; what cannot be read at all is counted among the faults."""
    for source in sources:
        is_begun = False
        try:
            for line in source.lines():
                is_begun = True
                yield line
            notices += source.notices
        except DataError as error:
            notices.append(f"{'read in part' if is_begun else 'skipped'}: {error}")
            faults += [] if is_begun else [str(error)]


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
    """Return whether a folder is a model of lmkit or a prepared text, or will be one."""
    holds = (folder / "config.json").is_file() and (folder / "manifest.json").is_file()
    return holds or is_prepared(folder) or (folder / "training" / "run.json").is_file()


def _kind_of(folder: Path) -> str:
    return "a prepared text" if is_prepared(folder) else "a model of lmkit"


def _fingerprint(file: Fingerprinted) -> str:
    """Return a value for the content, or for there being none that can be read."""
    try:
        return file.fingerprint()
    except (DataError, OSError):
        return "unreadable"


def _cut(file: TextFile | TableFile, count: int) -> Sequence[Source]:
    try:
        return file.shards(count) if isinstance(file, Shardable) else [file]
    except DataError:
        return [file]  # the reading will say what is wrong with it


def _joined(name: str, cut: list[tuple[Source, float]], wanted: float) -> list[FolderPart]:
    """Return runs of files, or parts of files, that have about the wanted size."""
    runs: list[list[Source]] = [[]]
    held = 0.0
    for source, size in cut:
        if runs[-1] and held + size / 2 > wanted * len(runs):
            runs.append([])
        runs[-1].append(source)
        held += size
    return [FolderPart(f"{name} [{number}]", run) for number, run in enumerate(runs, start=1)]


def _shortened(notices: list[str]) -> list[str]:
    """Return the first notices, and how many more there are."""
    more = len(notices) - _MANY
    rest = [f"{more:,} more files have a remark of this kind"] if more > 0 else []
    return [*notices[:_MANY], *rest]
