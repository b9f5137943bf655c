"""JSON lines: one record a line, each read for itself, so that damage costs one line."""

from collections.abc import Iterable, Iterator

from lmkit.data.tables.json_document import DECODER
from lmkit.data.tables.records import Record
from lmkit.data.tables.report import RowReport

_MARKS = "\x1e"  # before each text of a JSON sequence
_TRIED = 10  # lines by which the two forms of JSON are told apart


def json_records(lines: Iterable[str], report: RowReport) -> Iterator[Record]:
    """Yield the record of each line; empty lines have none.

    Args:
        lines: The lines.
        report: The account of the rows: a line that is no JSON is passed over.

    Yields:
        The number of the line, from 1, and what it holds; numbers as they are written.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, DECODER.decode(line.lstrip(_MARKS))
        except ValueError as error:
            report.rows += 1
            report.pass_over(number, f"is no JSON ({error})")
        except RecursionError:
            report.rows += 1
            report.pass_over(number, "is nested too deeply")


def are_json_lines(head: str) -> bool:
    """Return whether a file of JSON has one record a line rather than one document.

    Args:
        head: Its beginning.
    """
    *ended, _ = head.split("\n")
    lines = [line for line in ended if line.strip()][:_TRIED]
    records = sum(_is_record(line) for line in lines)
    return bool(lines) and (_is_record(lines[0]) or records > len(lines) / 2)


def _is_record(line: str) -> bool:
    try:
        return isinstance(DECODER.decode(line.lstrip(_MARKS)), dict | list | str)
    except (ValueError, RecursionError):
        return False
