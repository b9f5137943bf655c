"""A model folder as the page holds it: weights rounded, the n-gram pruned, all in one blob.

`page_archive` returns the model that the page answers with, for Python to ask and to measure;
`pack_archive` writes exactly that model.
"""

from dataclasses import dataclass, replace

from lmkit.archive.build import build_model
from lmkit.archive.folder import Archive
from lmkit.archive.selection import in_direction, is_backward
from lmkit.core.errors import UsageError
from lmkit.core.json import Json, JsonObject
from lmkit.interop.html.blob import Array, write_blob
from lmkit.interop.html.network import exportable, pack_network
from lmkit.interop.html.ngram import pack_ngram, rounded_tables
from lmkit.interop.html.pruning import pruned
from lmkit.interop.html.rounding import rounded_model
from lmkit.interop.html.words import pack_tokenizer
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import Stack, StackEntry
from lmkit.models.ngram.ngram import NGram

ADAPTERS = ("cache", "ngram")  # that the page knows, lowest first


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """Texts that go with the model into the page.

    Attributes:
        name: Name of the model.
        card: The model card, Markdown.
        licence: Licence of the model, one line.
    """

    name: str
    card: str = ""
    licence: str = ""


def page_archive(archive: Archive, *, ngrams: int, direction: str | None = None) -> Archive:
    """Return the model that a page answers with.

    Args:
        archive: The contents of a model folder; they are not changed.
        ngrams: Most n-grams of two words and more; 0 leaves the n-gram model out.
        direction: "forward" leaves a backward model out, "backward" a forward one; None keeps
            what there is.

    Returns:
        Rounded networks, and of the adapters those that are used by default.

    Raises:
        UsageError: If the page cannot run the model, or the folder lacks the direction.
    """
    archive = in_direction(archive, direction)
    network = rounded_model(exportable(archive.model))
    backward = None if archive.backward is None else rounded_model(exportable(archive.backward))
    stack = () if is_backward(archive) else tuple(_entries(archive, ngrams))
    return replace(archive, model=network, backward=backward, stack=stack)


def pack_archive(archive: Archive, text: PageText) -> bytes:
    """Return the blob of a model that `page_archive` returned.

    Args:
        archive: The model.
        text: Its name, card and licence.
    """
    tokenizer = pack_tokenizer(archive.tokenizer)
    arrays: dict[str, Array] = dict(tokenizer.arrays)
    networks: JsonObject = {}
    own = "backward" if is_backward(archive) else "forward"
    for name, model in ((own, archive.model), ("backward", archive.backward)):
        if model is not None:
            packed = pack_network(exportable(model), name)
            networks[name] = packed.facts
            arrays |= packed.arrays
    header: JsonObject = {
        "id": text.name,
        "vocabulary": archive.tokenizer.vocab_size,
        "direction": "both" if archive.backward is not None else own,
        "words": _training_words(archive),
        "weight": build_model(archive).weight,
        "card": text.card,
        "licence": text.licence,
        "tokenizer": tokenizer.facts,
        "networks": networks,
        **_adapters(archive.stack, arrays),
    }
    return write_blob(header, arrays)


def ngram_count(archive: Archive) -> int:
    """Return how many n-grams of two words and more an archive holds."""
    ngram = archive.ngram
    return 0 if ngram is None else sum(len(level.keys) for level in ngram.tables.levels[1:])


def _entries(archive: Archive, ngrams: int) -> list[StackEntry]:
    """Return the adapters that are used by default, lowest first, the n-gram pruned."""
    kept = []
    for entry in archive.stack:
        if entry.name not in archive.fitted or (entry.name == "ngram" and not ngrams):
            continue
        if entry.name == "base-ngram":  # too large for a page, and the least of what was fitted
            continue
        if entry.name not in ADAPTERS:
            raise UsageError(f"the page does not know the adapter {entry.name!r} of this model")
        kept.append(entry)
    return [replace(entry, asset=_pruned(entry.asset, ngrams)) for entry in kept]


def _pruned(asset: object, ngrams: int) -> object:
    if not isinstance(asset, NGram):
        return asset
    return NGram(rounded_tables(pruned(asset.tables, ngrams)))


def _adapters(stack: Stack, arrays: dict[str, Array]) -> JsonObject:
    """Return the facts of the adapters; the arrays of an n-gram are added."""
    found: dict[str, Json] = {"cache": None, "ngram": None}
    beneath: list[str] = []
    for entry in stack:
        if isinstance(entry.config, CacheConfig):
            found["cache"] = {key: value for key, value in entry.to_dict().items() if key != "name"}
        if isinstance(entry.config, NGramConfig) and isinstance(entry.asset, NGram):
            packed = pack_ngram(entry.asset.tables)
            arrays |= packed.arrays
            weights = entry.config.beside(beneath)
            weights = weights * entry.asset.order if len(weights) == 1 else weights
            found["ngram"] = {**packed.facts, "weights": [*weights]}
        beneath.append(entry.name)
    return found


def _training_words(archive: Archive) -> int:
    words = archive.facts.get("training", {}).get("words", 0)
    return words if isinstance(words, int) else 0
