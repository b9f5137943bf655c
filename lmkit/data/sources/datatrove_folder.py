"""A folder of ids as datatrove's DocumentTokenizer writes it, made with a tokenizer of lmkit.

A `.ds` file holds ids of 2 or 4 bytes, little-endian, document after document; `.ds.index` the ends
of the documents in ids, as 64-bit numbers; `.ds.metadata` three lines: the name of the tokenizer
and the bytes of an id with a bar between, and the number of ids twice. The tokenizer is one that
`lmkit export --to tokenizer` wrote: `lmkit.json` lies beside the file that the metadata names, or
was copied into the folder.
"""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from lmkit.core.errors import DataError, ModelError
from lmkit.core.file_names import printable
from lmkit.core.files import sha256
from lmkit.data.ids import IdBlocks, write_ids
from lmkit.data.prepared_text import PreparedText, load_prepared, open_prepared
from lmkit.data.sources.prepared_folder import decoded_lines
from lmkit.data.sources.source import SourceConfig, Tokenized
from lmkit.text.library_file import document_library
from lmkit.text.tokenizer import Tokenizer

SUFFIX = ".ds"
OURS, LIBRARY = "lmkit.json", "tokenizer.json"  # of an exported tokenizer
_READ = 1 << 20  # ids at once
_WIDE = 1 << 16  # ids from which on datatrove writes four bytes


class DatatroveFolder(Tokenized):
    """Ids that datatrove made, its files in the order of their names.

    Attributes:
        name: What the user called it.
        notices: What a user should know of the reading: nothing.
    """

    def __init__(self, spec: str, _config: SourceConfig) -> None:
        self.name = printable(spec)
        self.notices: list[str] = []
        self._path = Path(spec)
        self._files = sorted(self._path.glob(f"*{SUFFIX}"))

    @cached_property
    @override
    def tokenizer(self) -> Tokenizer:
        folders = dict.fromkeys([self._path, *map(self._named, self._files)])
        found = [folder / OURS for folder in folders if (folder / OURS).is_file()]
        if not found:
            raise DataError(
                f"{self.name} does not say what its ids mean: copy {OURS} of the tokenizer that it "
                "was made with (from `lmkit export --to tokenizer`) into it"
            )
        try:
            return Tokenizer.load(found[0])
        except ModelError as error:
            raise DataError(f"{self.name}: {error}") from error

    def lines(self) -> Iterator[str]:
        """Yield the lines of every document.

        Raises:
            DataError: If the ids are damaged, or not of the tokenizer.
        """
        yield from decoded_lines(self._blocks(), self.tokenizer)

    def fingerprint(self) -> str:
        """Return a value for the ids and the tokenizer."""
        parts = [self.tokenizer.to_json(), *map(sha256, self._files)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @override
    def prepared(self, cache: Path) -> PreparedText:
        folder = cache / f"text-{self.fingerprint()[:32]}"
        if found := load_prepared(folder):
            return found
        write_ids(folder, self._blocks, self.tokenizer)
        return open_prepared(folder)

    def _blocks(self) -> IdBlocks:
        for file in self._files:
            yield from self._documents(file)

    def _documents(self, file: Path) -> IdBlocks:
        """Yield the ids of a file, checked: of the vocabulary, each document with a line end."""
        dtype = self._checked_type(file)
        ends = self._ends(file, file.stat().st_size // dtype.itemsize)
        size, line_end = self.tokenizer.vocab_size, self.tokenizer.line_end_id
        first = 0
        with file.open("rb") as content:
            while data := content.read(_READ * dtype.itemsize):
                ids = np.frombuffer(data, dtype=dtype)
                if int(ids.max()) >= size:
                    raise self._stranger(file, f"it has the id {int(ids.max()):,} of {size:,}")
                begin, end = np.searchsorted(ends, [first + 1, first + len(ids) + 1])
                if np.any(ids[ends[begin:end] - first - 1] != line_end):
                    raise self._stranger(file, "its documents do not end with a line end")
                yield ids
                first += len(ids)

    def _checked_type(self, file: Path) -> np.dtype[np.unsignedinteger]:
        """Return the type of the ids in a file, after what its metadata says was looked at."""
        size = self.tokenizer.vocab_size
        width = 4 if size > _WIDE else 2
        told = _metadata(file)
        if told is not None:
            name, said, count = told
            if said != width:
                raise self._stranger(file, f"it has ids of {said} bytes, not {width}")
            if count * width != file.stat().st_size:
                raise DataError(f"{printable(str(file))} is cut off: its metadata has other ids")
            exported = Path(name)
            mine = document_library(self.tokenizer).to_str()
            if exported.is_file() and exported.read_text(encoding="utf-8") != mine:
                raise self._stranger(file, f"{printable(name)} is another one")
        if file.stat().st_size % width:
            raise DataError(f"{printable(str(file))} is cut off: it ends inside an id")
        return np.dtype(f"<u{width}")

    def _ends(self, file: Path, count: int) -> npt.NDArray[np.int64]:
        """Return where the documents of a file end."""
        index = file.with_name(f"{file.name}.index")
        try:
            ends = np.fromfile(index, dtype="<u8").astype(np.int64)
        except OSError as error:
            raise DataError(f"cannot read {printable(str(index))}: {error.strerror}") from error
        if (len(ends) == 0) != (count == 0) or (
            len(ends) and (int(ends[-1]) != count or int(ends[0]) < 0 or np.any(np.diff(ends) < 0))
        ):
            raise DataError(f"{printable(str(index))} does not fit its ids; make both again")
        return ends[np.diff(ends, prepend=0) > 0]  # a document without a token ends nowhere

    def _named(self, file: Path) -> Path:
        """Return the folder of the tokenizer that the metadata of a file names."""
        told = _metadata(file)
        return Path(told[0]).parent if told else self._path

    def _stranger(self, file: Path, why: str) -> DataError:
        return DataError(
            f"{printable(str(file))} was made with another tokenizer than {OURS}: {why}; tokenize "
            "the documents again with that one"
        )


def _metadata(file: Path) -> tuple[str, int, int] | None:
    """Return the tokenizer, the bytes of an id and the number of ids; None if nothing is said."""
    path = file.with_name(f"{file.name}.metadata")
    try:
        first, count, *_ = path.read_text(encoding="utf-8").splitlines()
        name, _, width = first.rpartition("|")
        return name.removesuffix(f"|{width}"), int(width), int(count)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise DataError(f"{printable(str(path))} is damaged; make it again") from None
