"""Data sets of the Hugging Face hub, streamed: `hf:NAME`, read by `datasets`."""

import importlib
import logging
import os
import socket
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from lmkit.core.errors import DataError, UsageError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.table_part import lines_of
from lmkit.data.tables.records import record_texts
from lmkit.data.tables.report import RowReport

PREFIX = "hf:"
_ENDPOINT = "https://huggingface.co"
_READING_FAILS = (ValueError, OSError, RuntimeError)  # what readers of damaged tables raise
_PATIENCE = 5.0  # seconds to wait for the hub to answer at all


class HubSet:
    """A data set of the hub, or a folder laid out like one.

    `hf:OWNER/NAME`, `hf:OWNER/NAME/CONFIG`, either with `:SPLIT` after it (`train` if left out).
    """

    def __init__(self, spec: str, config: SourceConfig) -> None:
        self.name = spec
        self.notices: list[str] = []
        self._column = config.column
        self._place = parse_hub_name(spec)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text column as they come over the net; nothing is kept."""
        yield from _lines(self.name, self._place, self._column, self.notices)

    def shards(self, count: int) -> Sequence["HubSet | HubPart"]:
        """Return parts of the data set: runs of its files, each read by itself."""
        with _streamed(self.name, self._place) as rows:
            count = min(count, int(rows.num_shards))
        if count < 2:
            return (self,)
        return [
            HubPart(f"{self.name} [{number + 1}]", self._place, self._column, number, count)
            for number in range(count)
        ]


@dataclass(slots=True)
class HubPart:
    """Some of the files of a data set.

    Attributes:
        name: The data set and the number of the part.
        place: Repository or folder, subset and split.
        column: The column that holds the text.
        number: Of the part, from 0.
        of: Parts in all.
        notices: What a user should know of the reading, complete once the lines were read.
    """

    name: str
    place: tuple[str, str | None, str]
    column: str
    number: int
    of: int
    notices: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text column; rows are numbered within the part."""
        part = (self.number, self.of)
        yield from _lines(self.name, self.place, self.column, self.notices, part=part)


def _lines(
    name: str,
    place: tuple[str, str | None, str],
    column: str,
    notices: list[str],
    *,
    part: tuple[int, int] = (0, 1),
) -> Iterator[str]:
    """Yield the lines of a data set or of a part of it."""
    report, said = RowReport(name), list[str]()
    with _streamed(name, place) as rows:
        mine = rows.shard(num_shards=part[1], index=part[0]) if part[1] > 1 else rows
        records = enumerate(mine, start=1)
        for text in record_texts(records, column, report, said):
            yield from lines_of(text)
    notices[:] = [*said, *report.finish()]


@contextmanager
def _streamed(
    name: str, place: tuple[str, str | None, str]
) -> Iterator[Any]:  # Any: IterableDataset
    """Give the rows of a data set, none of which is read yet; its faults are one sentence.

    Raises:
        DataError: If it is not there, or cannot be read.
    """
    repository, subset, split = place
    if not Path(repository).is_dir():
        _require_hub(name)
    datasets, http_error = _load_datasets(), _http_error()
    with tempfile.TemporaryDirectory(prefix="lmkit-") as cache:
        try:
            yield datasets.load_dataset(
                repository,
                subset,
                split=split,
                streaming=True,
                cache_dir=cache,
                download_config=datasets.DownloadConfig(cache_dir=cache, max_retries=1),
            )
        except FileNotFoundError as error:
            raise DataError(
                f"cannot find the data set {repository!r} on the hub; check its name"
            ) from error
        except (*_READING_FAILS, datasets.exceptions.DatasetsError, http_error) as error:
            raise DataError(f"cannot read {name}: {_first_sentence(error)}") from error


def parse_hub_name(spec: str) -> tuple[str, str | None, str]:
    """Return the repository (or folder), the subset and the split that a name asks for.

    Args:
        spec: `hf:NAME`, `hf:OWNER/NAME`, `hf:OWNER/NAME/CONFIG`, each with or without `:SPLIT`.

    Returns:
        Repository, subset (None if not said) and split.
    """
    name, _, split = spec.removeprefix(PREFIX).partition(":")
    if not name:
        raise UsageError(f"{spec!r} names no data set; write hf:OWNER/NAME")
    if Path(name).is_dir():
        return name, None, split or "train"
    owner_and_name, subset = name.split("/")[:2], "/".join(name.split("/")[2:])
    return "/".join(owner_and_name), subset or None, split or "train"


def _load_datasets() -> ModuleType:
    """Return the `datasets` library, told to be quiet and to count no downloads."""
    datasets = importlib.import_module("datasets")
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(logging.CRITICAL)  # it raises what it logs as an error
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    return datasets


def _first_sentence(error: BaseException) -> str:
    """Return the first line of what an error and its cause say."""
    cause = error.__cause__ or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0].rstrip(".")


def _http_error() -> type[Exception]:
    """Return what the hub's own client raises where the network fails under it."""
    hub = importlib.import_module("huggingface_hub")
    hub.logging.set_verbosity(logging.CRITICAL)  # it tells of every new try
    package = type(hub.get_session()).__module__.partition(".")[0]
    error: type[Exception] = importlib.import_module(package).HTTPError
    return error


def _require_hub(name: str) -> None:
    """Find out within seconds that there is no network, rather than let every request retry."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return
    address = urlsplit(os.environ.get("HF_ENDPOINT") or _ENDPOINT)
    proxy = urllib.request.getproxies().get(address.scheme)
    if proxy and not urllib.request.proxy_bypass(address.hostname or ""):
        address = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=_PATIENCE).close()
    except OSError as error:
        raise DataError(
            f"cannot reach {address.hostname} for {name} ({error.strerror or error}); "
            "connect to the network, or give a file of your own"
        ) from error
