"""The model that a training run starts from: opened by name, or chosen where a bundled one suits.

Knows folders and words; how it is trained further is the matter of `warm_start`.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.locate import bundled_models, is_bundled, locate_model
from lmkit.archive.manifest import read_manifest
from lmkit.core.errors import ModelError, UsageError
from lmkit.core.file_names import printable
from lmkit.data.sources import STDIN, SourceConfig, Tokenized, open_source
from lmkit.models.base import Model
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.text.normalise import open_line
from lmkit.text.tokenizer import Tokenizer

NONE = "none"  # in place of a name: start from nothing
LARGEST_TEXT = 3_000_000  # characters; a larger one starts from nothing unless a base is named
LOOKED_AT = 300_000  # characters read to see whether a base suits
KNOWN = 0.8  # share of running words that a base that suits knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A model to start from.

    Attributes:
        name: What config.json and the card call it: a bundled name or that of its folder, no path.
        place: Where it was found, which stays in `training/`.
        digest: Tells its files apart from others.
        archive: Its contents.
    """

    name: str
    place: str
    digest: str
    archive: Archive

    def __reduce__(self) -> tuple[Callable[[str, str], "Base"], tuple[str, str]]:
        """Return what another process opens the same model by."""
        return _opened_again, (self.place, self.digest)

    @property
    def models(self) -> dict[str, RecurrentLM]:
        """Its networks by direction."""
        first = self.archive.facts.get("direction") == "backward"
        found = {"backward" if first else "forward": _network(self.archive.model)}
        if self.archive.backward is not None:
            found["backward"] = _network(self.archive.backward)
        return found

    @property
    def direction(self) -> str:
        """The directions it reads in: forward, backward or both."""
        names = tuple(self.models)
        return "both" if len(names) > 1 else names[0]


def open_base(name: str) -> Base:
    """Open a model to start from.

    Args:
        name: A model folder or the name of a bundled model.

    Returns:
        The model, checked byte for byte.

    Raises:
        ModelError: If it is missing, damaged or of a newer format.
        UsageError: If it is of a kind that cannot be trained further.
    """
    folder = locate_model(name)
    if not folder.exists():
        known = ", ".join((*bundled_models(), NONE))
        raise ModelError(
            f"no model {printable(name)!r} to start from; give a model folder or one of: {known}"
        )
    archive = load_archive(folder)
    base = Base(
        name=printable(name if is_bundled(name) else folder.resolve().name),
        place=name if is_bundled(name) else str(folder.resolve()),
        digest=_digest(folder),
        archive=archive,
    )
    _ = base.models  # refuse other kinds now
    return base


def suitable_base(
    sources: Iterable[str], reading: SourceConfig, names: Iterable[str] | None = None
) -> Base | None:
    """Return the bundled model that knows most words of a text, if it knows most of the words.

    Args:
        sources: Text files, tables and folders; others, which may not be read twice, have none.
        reading: How they are read.
        names: Models to choose from; the bundled ones where left out.

    Returns:
        The model; None for a long text, or one in words that none of the models knows.
    """
    choice = bundled_models() if names is None else tuple(names)
    text = _beginning(sources, reading) if choice else []
    if not text:
        return None
    known = {name: known_share(_tokenizer(name), text) for name in choice}
    best = max(choice, key=lambda name: known[name])
    return open_base(best) if known[best] >= KNOWN else None


def known_share(tokenizer: Tokenizer, lines: Iterable[str]) -> float:
    """Return the share of the running words of a text that a tokenizer knows, 0..1.

    Args:
        tokenizer: One of words; one of other units knows every text, and says nothing.
        lines: The text.
    """
    if tokenizer.config.unit != "word":
        return 0.0
    cut = tokenizer.to_library().pre_tokenizer.pre_tokenize_str
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(token for token, _ in cut(open_line(tokenizer.normalise(line))))
    known = set(tokenizer.tokens.texts)
    words = {token: count for token, count in counts.items() if any(map(str.isalpha, token))}
    return sum(n for token, n in words.items() if token in known) / max(1, sum(words.values()))


def _beginning(sources: Iterable[str], reading: SourceConfig) -> list[str]:
    """Return the first lines of a text that is not large; none of one that is, or is no file."""
    specs = list(sources)
    if any(spec == STDIN or not Path(spec).exists() for spec in specs):
        return []
    if any(isinstance(open_source(spec, reading), Tokenized) for spec in specs):
        return []  # the ids are made, with the vocabulary that was wanted
    lines: list[str] = []
    size = held = 0
    for line in _lines(specs, reading):
        size += len(line) + 1
        if size > LARGEST_TEXT:
            return []
        if held < LOOKED_AT:
            lines.append(line[:LOOKED_AT])
            held = size
    return lines


def _lines(specs: Iterable[str], reading: SourceConfig) -> Iterator[str]:
    for spec in specs:
        yield from open_source(spec, reading).lines()


def _tokenizer(name: str) -> Tokenizer:
    return Tokenizer.load(locate_model(name) / "tokenizer.json")


def _opened_again(place: str, digest: str) -> Base:
    base = open_base(place)
    if base.digest != digest:
        raise ModelError(f"the model in {place} was replaced while it was trained from")
    return base


def _network(model: Model) -> RecurrentLM:
    if isinstance(model, RecurrentLM):
        return model
    raise UsageError(
        f"training can start from a recurrent model alone, not from a {type(model).__name__}"
    )


def _digest(folder: Path) -> str:
    files = sorted(read_manifest(folder).files.items())
    return hashlib.sha256(repr(files).encode()).hexdigest()[:32]
