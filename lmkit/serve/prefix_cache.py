"""Texts read before, by model and tokens, within a bound of bytes; the least recently used go.

A state is copied by whoever reads on from it, never changed, so that many may share one.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import TypeAlias

from torch import Tensor

from lmkit.inference.context import Context
from lmkit.models.base import FixedPrediction

_OVERHEAD = 1000  # bytes of an entry beside its tensors, about
_BYTES_AN_ID = 36
_Key: TypeAlias = tuple[Hashable, int, int]  # the model, length and hash of the ids


@dataclass(frozen=True, slots=True)
class _Entry:
    ids: tuple[int, ...]
    context: Context
    size: int


class PrefixCache:
    """Contexts of token prefixes.

    Attributes:
        hits: Look-ups that found a prefix.
        misses: Look-ups that found none.
        tokens_saved: Tokens that need not be read again.
        size: Bytes held.
    """

    def __init__(self, most_bytes: int) -> None:
        """Hold nothing.

        Args:
            most_bytes: Bytes held at most; 0 keeps nothing.
        """
        self._most = most_bytes
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self.hits = 0
        self.misses = 0
        self.tokens_saved = 0
        self.size = 0

    def __len__(self) -> int:
        """Return the number of prefixes."""
        return len(self._entries)

    def longest(self, model: Hashable, ids: Sequence[int]) -> tuple[int, Context | None]:
        """Return the longest prefix of ids that was read before, and how many ids it has.

        Args:
            model: Key of the model that reads.
            ids: The ids to be read.

        Returns:
            0 and None where no prefix is known.
        """
        hashes = list(_hashes(ids))
        for length in range(len(ids), 0, -1):
            key = (model, length, hashes[length - 1])
            entry = self._entries.get(key)
            if entry is not None and entry.ids == tuple(ids[:length]):
                self._entries.move_to_end(key)
                self.hits += 1
                self.tokens_saved += length
                return length, entry.context
        self.misses += 1
        return 0, None

    def keep(self, model: Hashable, ids: Sequence[int], context: Context) -> None:
        """Keep what was read; what is too large for the whole cache is not kept.

        Args:
            model: Key of the model that read.
            ids: At least one id.
            context: The text read, of one row, as `Engine.context` returns it.
        """
        key = (model, len(ids), [*_hashes(ids)][-1])
        size = byte_size(context) + _OVERHEAD + _BYTES_AN_ID * len(ids)
        if size > self._most:
            return
        self._drop(key)
        self._entries[key] = _Entry(tuple(ids), context, size)
        self.size += size
        while self.size > self._most:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size -= entry.size


def byte_size(value: object) -> int:
    """Return the bytes of all tensors in a context or state, storage shared by several once."""
    storages = {
        tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes()
        for tensor in _tensors(value)
    }
    return sum(storages.values())


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, FixedPrediction):
        yield value.scores
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _tensors(getattr(value, each.name))


def _hashes(ids: Sequence[int]) -> Iterator[int]:
    """Yield a hash of each prefix of ids, the shortest first."""
    value = 0
    for token in ids:
        value = hash((value, token))
        yield value
