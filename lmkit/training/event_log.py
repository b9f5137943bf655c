"""Log of the events of a run: metrics.jsonl, one JSON object a line, resumed runs appended."""

import json
import math
from dataclasses import asdict
from pathlib import Path

from lmkit.core.errors import LmkitError
from lmkit.training.events import Event, FromMember

FILE = "metrics.jsonl"


def event_line(event: Event) -> str:
    """Return an event as one line of JSON: its kind, the run it is of, then its fields."""
    member = {}
    if isinstance(event, FromMember):
        member, event = {"member": event.member}, event.event
    fields = {name: _storable(value) for name, value in asdict(event).items()}
    return json.dumps({"event": type(event).__name__.lower(), **member, **fields}) + "\n"


class EventLog:
    """The file metrics.jsonl of a run."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def clear(self) -> None:
        """Begin an empty file."""
        self._write("", mode="w")

    def append(self, event: Event) -> None:
        """Write one event."""
        self._write(event_line(event), mode="a")

    def text(self) -> str:
        """Return the whole file; empty where there is none."""
        return self._path.read_text(encoding="utf-8") if self._path.is_file() else ""

    def _write(self, text: str, *, mode: str) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open(mode, encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise LmkitError(f"cannot write {self._path}: {error.strerror or error}") from None


def _storable(value: object) -> object:
    """Return a value that JSON can hold: a float that is not finite becomes null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
