"""Finish of a preparation: the ids of all parts in one file, with checksums, and the parts removed.

A finished folder is what training maps into memory (`lmkit.data.prepared_text`).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmkit.core.errors import DataError
from lmkit.core.files import atomic_path, sha256, write_text
from lmkit.core.json import JsonObject
from lmkit.data.corpus import CorpusFacts
from lmkit.data.parts.layout import Done, Ids, PartPlace, remove_parts
from lmkit.data.prepared_text import (
    FACTS,
    FORMAT,
    PREPARED,
    TOKENIZER,
    TRAIN,
    VALID,
    notices_of,
    write_facts,
)
from lmkit.text.tokenizer import Tokenizer

_COPIED = 1 << 20  # bytes at once
_MANY = 8  # notices; more are counted, not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The result of a finished preparation.

    Attributes:
        train: Counts of the training text.
        valid: Counts of the validation text.
        vocabulary: Ids there are.
        notices: What a user should know of the text.
    """

    train: CorpusFacts
    valid: CorpusFacts
    vocabulary: int
    notices: tuple[str, ...]


def finish(
    folder: Path, request: JsonObject, done: Sequence[Done], *, size: int, notices: Sequence[str]
) -> Finished:
    """Join the ids of all parts, and remove the parts.

    Args:
        folder: The folder in preparation.
        request: The request as prepared.json holds it.
        done: Markers of all parts.
        size: Bytes of the training text.
        notices: What a user should know of the reading.

    Returns:
        The counts.

    Raises:
        DataError: If a part is not what was written.
        LmkitError: If the disk takes no more.
    """
    tokenizer = Tokenizer.load(folder / TOKENIZER)
    files = {
        TRAIN: _join(folder, TRAIN, [(each.number, each.train) for each in done]),
        VALID: _join(folder, VALID, [(each.number, each.valid) for each in done]),
        TOKENIZER: sha256(folder / TOKENIZER),
    }
    train = _sum(each.train.facts for each in done)
    valid = _sum(each.valid.facts for each in done)
    told = [*_shortened(notices), *notices_of(train, tokenizer, size=size)]
    with atomic_path(folder / FACTS) as path:
        write_facts(
            path.parent,
            train,
            valid,
            is_held_out=not any(source["is_valid"] for source in request["sources"]),
            notices=told,
            key="text-" + hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:32],
        )
    files[FACTS] = sha256(folder / FACTS)
    content = {"format": FORMAT, "request": request, "files": files}
    write_text(folder / PREPARED, json.dumps(content, indent=2) + "\n")
    remove_parts(folder)
    return Finished(train=train, valid=valid, vocabulary=tokenizer.vocab_size, notices=tuple(told))


def _join(folder: Path, name: str, parts: Sequence[tuple[int, Ids]]) -> str:
    """Write the ids of all parts to one file, each checked on the way; return its checksum."""
    whole = hashlib.sha256()
    with atomic_path(folder / name) as target, target.open("wb") as file:
        for number, ids in parts:
            path, digest = (
                PartPlace(folder, number).path(name.removesuffix(".bin")),
                hashlib.sha256(),
            )
            try:
                with path.open("rb") as part:
                    while chunk := part.read(_COPIED):
                        digest.update(chunk)
                        whole.update(chunk)
                        file.write(chunk)
            except FileNotFoundError:
                raise _damage(path, number, "is gone") from None
            if digest.hexdigest() != ids.digest:
                raise _damage(path, number, "is damaged")
    return whole.hexdigest()


def _damage(path: Path, number: int, fault: str) -> DataError:
    return DataError(
        f"{path} {fault}; delete the files {number:05}.* beside it and run the same command again"
    )


def _sum(parts: Iterable[CorpusFacts]) -> CorpusFacts:
    words = lines = unknown = ids = 0
    for part in parts:
        words, lines = words + part.words, lines + part.lines
        unknown, ids = unknown + part.unknown, ids + part.ids
    return CorpusFacts(words=words, lines=lines, unknown=unknown, ids=ids)


def _shortened(notices: Iterable[str]) -> list[str]:
    """Return the first notices, each once, and how many more there are."""
    different = list(dict.fromkeys(notices))
    more = len(different) - _MANY
    rest = [f"{more:,} more remarks of this kind"] if more > 0 else []
    return [*different[:_MANY], *rest]
