"""Plan of a preparation: the sources, cut into parts that do not depend on who works on them."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lmkit.core.errors import DataError, UsageError
from lmkit.core.file_names import printable
from lmkit.core.json import JsonObject
from lmkit.data.parts.layout import PartPlace
from lmkit.data.parts.part import Part
from lmkit.data.sources import STDIN, SourceConfig, open_source
from lmkit.data.sources.folder import Folder
from lmkit.data.sources.source import Fingerprinted, Shardable, Source, Tokenized
from lmkit.data.sources.text_file import TextFile
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LARGEST_PART, SMALLEST_PART = 16_000_000, 1_000_000  # bytes of a source
USUAL_PARTS = 16  # of a text that is not large
REMOTE_PARTS = 4096  # of a source of unknown size, which has fewer if it has fewer files


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationRequest:
    """A request to prepare a text.

    Attributes:
        sources: Text files, folders, tables, bundled names or hub sets, in order.
        out: Folder to write.
        valid: Source of the validation text; None holds out the tail of the sources.
        config: Settings of the tokenizer.
        tokenizer: A vocabulary to use; None makes one of the text.
        reading: How sources are read.
        workers: Processes.
        shard: Number of this share of the parts from 1, and the number of shares; None: all parts,
            and the folder is finished.
        force: Replace what was prepared in `out`.
    """

    sources: tuple[str, ...]
    out: Path
    valid: str | None = None
    config: TokenizerConfig = field(default_factory=TokenizerConfig)
    tokenizer: Tokenizer | None = None
    reading: SourceConfig = field(default_factory=SourceConfig)
    workers: int = 1
    shard: tuple[int, int] | None = None
    force: bool = False

    @property
    def share(self) -> "Share":
        """The share of the parts."""
        return Share(*(self.shard or (1, 1)))


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the parts: every so many."""

    number: int
    of: int

    def has(self, part: int) -> bool:
        """Tell whether a part belongs to it."""
        return part % self.of == self.number - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a text.

    Attributes:
        parts: Those of the sources, then those of the validation text if it has its own.
        request: Everything that makes other ids where it is different, as JSON can hold it.
        kept: Sources that must live as long as their parts, which read copies of them.
    """

    parts: tuple[Part, ...]
    request: JsonObject
    kept: tuple[Source, ...]


def make_plan(request: PreparationRequest) -> Plan:
    """Cut the sources into parts.

    The cut follows from the sources alone: machines that see the same files make the same plan.

    Raises:
        DataError: If a source is missing or cannot be read.
        UsageError: If a source cannot be prepared.
    """
    if (*request.sources, request.valid).count(STDIN) > 1:
        raise UsageError("standard input, '-', can be read once; give a file for the rest")
    if STDIN in (*request.sources, request.valid) and request.shard:
        raise UsageError("shards of standard input cannot be read elsewhere; give a file")
    texts = [(spec, False) for spec in request.sources]
    texts += [(request.valid, True)] if request.valid else []
    parts: list[Part] = []
    facts: list[JsonObject] = []
    kept: list[Source] = []
    for spec, is_valid in texts:
        source = _opened(spec, request.reading)
        kept.append(source)
        if isinstance(source, TextFile):
            source = source.as_file()
            kept.append(source)
        size = size_of(source, spec)
        cut = _cut(source, parts_of(size))
        facts.append(
            {
                "name": _name(spec),
                "size": size,
                "parts": len(cut),
                "content": _content(source),
                "is_valid": is_valid,
            }
        )
        parts += [
            Part(PartPlace(request.out, len(parts) + number), each, is_valid)
            for number, each in enumerate(cut)
        ]
    return Plan(tuple(parts), _described(request, facts), tuple(kept))


def size_of(source: Source, spec: str) -> int | None:
    """Return the bytes of a source that is a file or a folder; None where they are not known.

    Args:
        source: The source.
        spec: Its name.
    """
    if isinstance(source, TextFile):
        return source.size
    if isinstance(source, Folder):
        return sum(source.sizes().values())
    return Path(spec).stat().st_size if Path(spec).is_file() else None


def parts_of(size: int | None) -> int:
    """Return how many parts a source of some bytes is cut into."""
    if size is None:
        return REMOTE_PARTS
    return max(-(-size // LARGEST_PART), min(USUAL_PARTS, -(-size // SMALLEST_PART)), 1)


def _opened(spec: str, reading: SourceConfig) -> Source:
    source = open_source(spec, reading)
    if isinstance(source, Tokenized):
        raise UsageError(f"{source.name} contains ids, not text; give it directly to `lmkit train`")
    if isinstance(source, TextFile):
        return source
    if Path(spec).exists() and not (Path(spec).is_file() or Path(spec).is_dir()):
        raise UsageError(f"{source.name} is a pipe and can be read once; copy it to a file first")
    return source


def _cut(source: Source, count: int) -> Sequence[Source]:
    """Return the parts of a source; one that cannot be cut is a single part."""
    try:
        return source.shards(count) if isinstance(source, Shardable) else [source]
    except OSError as error:
        raise DataError(f"cannot read {source.name}: {error.strerror or error}") from error


def _content(source: Source) -> str | None:
    """Return a value for the content of a source; of a folder, for the names and sizes in it."""
    if isinstance(source, Folder):
        return hashlib.sha256(repr(sorted(source.sizes().items())).encode()).hexdigest()
    return source.fingerprint() if isinstance(source, Fingerprinted) else None


def _name(spec: str) -> str:
    """Return the name of a source without the folder it lies in, which differs by machine."""
    return printable(Path(spec).resolve().name) if Path(spec).exists() else printable(spec)


def _described(request: PreparationRequest, facts: list[JsonObject]) -> JsonObject:
    tokenizer = request.tokenizer
    digest = hashlib.sha256(tokenizer.to_json().encode()).hexdigest() if tokenizer else None
    return {
        "sources": facts,
        "text": None if tokenizer else asdict(request.config),
        "tokenizer": digest,
        "reading": asdict(request.reading),
    }
