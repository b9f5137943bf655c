"""Typed text of a user: plain UTF-8 in a private file, one typed line on each line.

Nothing here is sent anywhere. No model is known here; the file is all there is to remember.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lmkit.core.errors import DataError
from lmkit.core.private_files import make_own, state_folder
from lmkit.text.normalise import normalise_text

State = tuple[int, int, int]


def default_file() -> Path:
    """Return the file that is used where none is named."""
    return state_folder() / "typed.txt"


@dataclass(frozen=True, slots=True)
class TypedText:
    """The lines in a file, oldest first; a file that is not there holds none."""

    path: Path

    def lines(self) -> list[str]:
        """Return all lines.

        Raises:
            DataError: If the file cannot be read.
        """
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise self._fault("read", error) from error
        return [line for line in text.removeprefix("\ufeff").split("\n") if line.strip()]

    def add(self, texts: Iterable[str]) -> int:
        """Write texts behind what is there; the file is then for its owner alone.

        Args:
            texts: Of one line or several each; empty lines are left out.

        Returns:
            How many lines were written.

        Raises:
            DataError: If the file cannot be written.
        """
        lines = [line for text in texts for line in normalise_text(text).split("\n") if line]
        if not lines:
            return 0
        try:
            make_own(self.path)
            written = "".join(f"{line}\n" for line in lines)
            with self.path.open("a+b") as file:
                file.write((_missing_line_end(file) + written).encode())
        except (OSError, ValueError) as error:
            raise self._fault("write", error) from error
        return len(lines)

    def erase(self) -> int:
        """Delete the file.

        Returns:
            How many lines it held.

        Raises:
            DataError: If it cannot be deleted.
        """
        held = len(self.lines())
        try:
            self.path.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise self._fault("erase", error) from error
        return held

    def state(self) -> State | None:
        """Return a value that changes whenever the file does; None while there is no file."""
        try:
            found = self.path.stat()
        except (OSError, ValueError):
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _fault(self, act: str, error: Exception) -> DataError:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return DataError(f"cannot {act} the typed text {self.path}: {reason}; name another file")


def _missing_line_end(file: BinaryIO) -> str:
    """Go to the end of a file, and return the line end that its last line lacks."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        return ""
    file.seek(size - 1)
    return "" if file.read(1) == b"\n" else "\n"
