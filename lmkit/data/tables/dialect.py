"""Conventions of delimited text: delimiter, quoting and escapes of one file, and its cells."""

import re
from dataclasses import dataclass
from functools import cached_property

COMMA, SEMICOLON, TAB, BAR = ",", ";", "\t", "|"
DELIMITERS = (COMMA, SEMICOLON, TAB, BAR)
DOUBLE, SINGLE = '"', "'"
BACKSLASH = "\\"

_NULL = r"\N"  # a missing value, where a backslash escapes
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}  # as databases write them


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """Conventions of one delimited file.

    Attributes:
        delimiter: Between two cells; empty where a row is a single cell.
        quote: Around a cell that holds delimiters or line ends; empty where nothing is quoted.
        escape: A backslash where one is put before a quote or a delimiter; empty where a quote
            inside quotes is doubled.
        skips_space: Whether spaces after a delimiter are no part of the cell.
        is_lenient: Whether quotes inside quotes stand as they are.
    """

    delimiter: str = COMMA
    quote: str = DOUBLE
    escape: str = ""
    skips_space: bool = False
    is_lenient: bool = False

    def value(self, cell: str) -> str:
        """Return the text of a cell as it stands in the file.

        Args:
            cell: Everything between two delimiters, quotes and escapes included.

        Returns:
            The text; empty for a cell that stands for a missing value.
        """
        if self.is_quoted(cell):
            return self._unescape(cell.strip(" ")[1:-1], is_inside=True)
        bare = cell.lstrip(" ") if self.skips_space else cell
        return self._unescape(bare, is_inside=False)

    def is_quoted(self, cell: str) -> bool:
        """Return whether a cell is one whole quoted text."""
        if not self.quote or self.quote not in cell:
            return False
        trimmed = self._trimmed(cell)
        if len(trimmed) < 2 or trimmed[0] != self.quote or trimmed[-1] != self.quote:
            return False
        return self.is_lenient or self.inside.fullmatch(trimmed, 1, len(trimmed) - 1) is not None

    def unescaped(self, cell: str) -> str:
        """Return a cell without its escaped characters."""
        return self._escapes.sub("", cell) if self.escape else cell

    @cached_property
    def inside(self) -> re.Pattern[str]:
        """Pattern of the characters between two quotes."""
        escaped = rf"|{re.escape(self.escape)}." if self.escape else ""
        plain = f"[^{re.escape(self.quote + self.escape)}]"
        return re.compile(f"(?:{plain}++|{re.escape(self.quote * 2)}{escaped})*+", re.DOTALL)

    @cached_property
    def bare(self) -> re.Pattern[str]:
        """Pattern of a cell without quotes, where a backslash escapes."""
        plain = f"[^{re.escape(self.delimiter + self.escape)}\r\n]"
        return re.compile(f"(?:{plain}++|{re.escape(self.escape)}.?+)*+", re.DOTALL)

    def _trimmed(self, cell: str) -> str:
        return cell.strip(" ") if self.skips_space else cell.rstrip(" ")

    def _unescape(self, text: str, *, is_inside: bool) -> str:
        if not self.escape:
            return text.replace(self.quote * 2, self.quote) if is_inside else text
        if text == _NULL:
            return ""
        if self.escape not in text and not is_inside:
            return text
        return (self._escapes_inside if is_inside else self._escapes).sub(self._plain, text)

    @cached_property
    def _escapes(self) -> re.Pattern[str]:
        return re.compile(rf"{re.escape(self.escape)}(.)", re.DOTALL)

    @cached_property
    def _escapes_inside(self) -> re.Pattern[str]:
        return re.compile(rf"{self._escapes.pattern}|{re.escape(self.quote * 2)}", re.DOTALL)

    def _plain(self, match: re.Match[str]) -> str:
        """Return the text of an escape; one that no writer makes stays as it is."""
        escaped = match[1]
        if escaped is None:
            return self.quote
        if escaped in _ESCAPED:
            return _ESCAPED[escaped]
        meant = (self.quote, self.escape, self.delimiter, DOUBLE, SINGLE, "\r", "\n")
        return escaped if escaped in meant else match[0]
