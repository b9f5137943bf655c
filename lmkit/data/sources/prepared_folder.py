"""A folder that `lmkit prepare` wrote: ids in one file that is mapped into memory, and checksums.

Training takes the ids as they are. Other commands read its lines, decoded; a word that the
vocabulary lacks is then `<unk>`.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from lmkit.core.errors import DataError
from lmkit.core.file_names import printable
from lmkit.data.corpus import Corpus, id_type
from lmkit.data.prepared_text import TRAIN, VALID, PreparedText, load_prepared, read_prepared
from lmkit.data.sources.source import SourceConfig, Tokenized
from lmkit.text.tokenizer import Tokenizer

_READ = 1 << 20  # bytes at once


class PreparedFolder(Tokenized):
    """A prepared text.

    Attributes:
        name: What the user called it.
        notices: What a user should know of the reading.
    """

    def __init__(self, spec: str, _config: SourceConfig) -> None:
        self.name = printable(spec)
        self.notices: list[str] = []
        self._path = Path(spec)
        self._text: PreparedText | None = None

    @property
    @override
    def tokenizer(self) -> Tokenizer:
        return self._checked().tokenizer

    @override
    def prepared(self, cache: Path) -> PreparedText:
        return self._checked()

    def lines(self) -> Iterator[str]:
        """Yield the lines of the training text and of the held-out tail.

        Raises:
            DataError: If the folder is damaged, or not finished.
        """
        text = self._checked()
        corpora = (text.train, text.valid) if text.is_held_out else (text.train,)
        for corpus in corpora:
            yield from decoded_lines(_blocks(corpus), text.tokenizer)

    def fingerprint(self) -> str:
        """Return the key of the prepared text."""
        return self._checked().key

    def _checked(self) -> PreparedText:
        """Return the text; the first time, all of it is checked."""
        if self._text is None:
            self._text = self._opened()
            self.notices = list(self._text.notices)
        return self._text

    def _opened(self) -> PreparedText:
        content = read_prepared(self._path)
        if content is None or "files" not in content:
            raise DataError(
                f"{self.name} is not finished; run its `lmkit prepare` command again, at the end "
                "without --shard"
            )
        for name, digest in content["files"].items():
            if Path(name).name != name or _digest(self._path / name) != digest:
                raise self._damage(f"{printable(name)} is not what was written")
        text = load_prepared(self._path)
        if text is None:
            raise self._damage("its files do not fit together")
        size = text.tokenizer.vocab_size
        for name in (TRAIN, VALID):
            if highest_id(self._path / name, size) >= size:
                raise self._damage("it has ids that its vocabulary lacks")
        return replace(text, was_cached=True)

    def _damage(self, fault: str) -> DataError:
        return DataError(f"{self.name} is damaged: {fault}; prepare it again with --force")


def decoded_lines(
    blocks: Iterable[npt.NDArray[np.unsignedinteger]], tokenizer: Tokenizer
) -> Iterator[str]:
    """Yield the lines of a text of ids.

    Args:
        blocks: The ids in parts, each of shape (ids,); each line is followed by a line end.
        tokenizer: The tokenizer that made them.
    """
    rest: list[int] = []
    for ids in blocks:
        block = [*rest, *ids.tolist()]
        begin = 0
        for end in np.flatnonzero(np.array(block) == tokenizer.line_end_id).tolist():
            yield tokenizer.decode(block[begin:end])
            begin = end + 1
        rest = block[begin:]
    if rest:
        yield tokenizer.decode(rest)


def _blocks(corpus: Corpus) -> Iterator[npt.NDArray[np.unsignedinteger]]:
    for first in range(0, len(corpus.ids), _READ):
        yield corpus.ids[first : first + _READ]


def highest_id(path: Path, vocab_size: int) -> int:
    """Return the highest id in a file of ids; it is read, for what is mapped counts as memory.

    Args:
        path: The file.
        vocab_size: Number of ids there should be: it gives the integer type.
    """
    highest = 0
    with path.open("rb") as file:
        while chunk := file.read(_READ):
            highest = max(highest, int(np.frombuffer(chunk, dtype=id_type(vocab_size)).max()))
    return highest


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
