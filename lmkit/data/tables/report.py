"""Account of the rows of a table: those that were passed over, and those that were mended."""

from dataclasses import dataclass, field

from lmkit.core.errors import DataError

MOST_BAD = 0.1  # of the rows; one is never too many

_SHOWN = 5  # numbers of rows that are told


@dataclass(slots=True)
class RowReport:
    """Account of the rows of one table, kept while it is read.

    Attributes:
        name: The table's name, for messages.
        advice: What to do where too many rows are bad.
        rows: Rows read so far, the bad ones included.
        bad: Rows passed over.
        joined: Rows with more cells than the header, of which the text was kept whole.
        missing: Rows that lack the column.
        headers: Rows that are the header again.
    """

    name: str
    advice: str = "mend them, or choose another column"
    rows: int = 0
    bad: int = 0
    joined: int = 0
    missing: int = 0
    headers: int = 0
    _bad_rows: list[int] = field(default_factory=list)
    _bad_fault: str = ""
    _joined_fault: str = ""

    def pass_over(self, number: int, fault: str) -> None:
        """Count a row that is no text.

        Args:
            number: Its place in the file, from 1.
            fault: The reason, as said after "row 7".
        """
        self.bad += 1
        if len(self._bad_rows) < _SHOWN:
            self._bad_rows.append(number)
        self._bad_fault = self._bad_fault or f"row {number:,} {fault}"

    def join(self, number: int, fault: str) -> None:
        """Count a row whose cells beyond those of the header were taken for text."""
        self.joined += 1
        self._joined_fault = self._joined_fault or f"row {number:,} {fault}"

    def finish(self) -> list[str]:
        """Return what a user should know of the rows.

        Raises:
            DataError: If too many are bad.
        """
        if self.bad > max(1.0, self.rows * MOST_BAD) or self.bad == self.rows > 0:
            raise DataError(
                f"cannot read {self.name}: {self._told_bad()}; up to one row in ten is skipped, "
                f"but these are more: {self.advice}"
            )
        passed = "it was skipped" if self.bad == 1 else "they were skipped"
        told = [f"{self._told_bad()}; {passed}"] if self.bad else []
        if self.joined:
            told.append(
                f"{self.joined:,} of {self.rows:,} rows have more cells than the header "
                f"({self._joined_fault}); their text was kept whole"
            )
        if self.missing:
            told.append(f"{self.missing:,} of {self.rows:,} rows lack the column")
        if self.headers:
            times = "once" if self.headers == 1 else f"{self.headers:,} times"
            told.append(f"the header is repeated {times} among the rows and was skipped")
        return [f"{self.name}: {sentence}" for sentence in told]

    def _told_bad(self) -> str:
        places = ", ".join(f"{number:,}" for number in self._bad_rows)
        more = ", ..." if self.bad > len(self._bad_rows) else ""
        which = f" (rows {places}{more})" if self.bad > 1 else ""
        return f"{self.bad:,} of {self.rows:,} rows cannot be read{which}: {self._bad_fault}"
