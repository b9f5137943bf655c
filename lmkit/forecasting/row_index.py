"""Index of a table: a column that numbers the rows, told by its name or by its numbers.

Knows no dates and no series.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from lmkit.forecasting.parts import plain_name
from lmkit.forecasting.table import Table

SHORTEST_INDEX = 5  # rows from which numbers at one distance are taken for an index

_KEY_NAMES = frozenset(  # never measured
    {"id", "ids", "rowid", "recordid", "uuid", "guid", "idx", "lfdnr", "sno", "srno"}
    | {"row", "rows", "rowname", "rownames", "rownum", "rowno", "rownumber"}
)
_COUNT_NAMES = frozenset(  # an index where they count, else perhaps measured
    {"#", "index", "nr", "no", "num", "number", "n", "obs", "observation", "seq", "sequence"}
    | {"record", "serial"}
)
_KEY_ENDING = re.compile(r"(?<=[a-z0-9])I[Dd]$|[ _.-][Ii][Dd]$")  # storeID, customer_id
_WHOLE = re.compile(r"(?P<label>(?:[^\W\d]+[ ._-]?)?)(?P<number>[-+]?[0-9]{1,15}(?:\.0*)?)")
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(?:\.[0-9]*)?")


def row_numbers(table: Table, place: int) -> list[float] | None:
    """Return the numbers of the rows in a column, such as 1, 2 or "Week 1", "Week 2".

    Args:
        table: The table.
        place: The column.

    Returns:
        Whole numbers; None where a cell holds another thing, or one number is there twice.
    """
    found = [_WHOLE.fullmatch(cell) for cell in table.column(place)]
    if any(match is None for match in found):
        return None
    numbers = [float(match["number"]) for match in found if match]
    has_one_label = len({match["label"] for match in found if match}) == 1
    return numbers if has_one_label and len(set(numbers)) == len(numbers) else None


def orders_rows(table: Table, place: int) -> bool:
    """Tell whether a column numbers the rows, so that they can be sorted by it.

    Numbers that jump up and down with gaps between them name the rows, as those of customers do,
    and say nothing of their order.
    """
    numbers = row_numbers(table, place)
    return numbers is not None and is_even(numbers)


def is_named_index(table: Table, place: int) -> bool:
    """Tell an index by its name, or by the name that pandas and R leave out."""
    name = plain_name(table.header[place])
    is_key = name in _KEY_NAMES or name.startswith("unnamed")
    is_key = is_key or _KEY_ENDING.search(table.header[place].strip()) is not None
    is_unnamed = not name and place == 0 and table.has_header
    return is_key or is_unnamed or (name in _COUNT_NAMES and orders_rows(table, place))


def is_counted(table: Table, place: int, *, has_dates: bool) -> bool:
    """Tell an index by its numbers, which are at one distance.

    It is the first column; beside dates it counts from 0 or 1.
    """
    cells = table.column(place)
    if place or len(cells) < SHORTEST_INDEX or not all(map(_NUMBER.fullmatch, cells)):
        return False
    numbers = [float(cell) for cell in cells]
    is_count = abs(numbers[1] - numbers[0]) == 1 and min(numbers) in (0, 1)
    return _has_one_step(numbers) and (is_count or not has_dates)


def is_even(numbers: Sequence[float]) -> bool:
    """Tell whether numbers rise or fall, or are at one distance once they are sorted."""
    directions = {before < after for before, after in pairwise(numbers)}
    return len(directions) < 2 or _has_one_step(sorted(numbers))


def _has_one_step(numbers: Sequence[float]) -> bool:
    """Tell whether numbers are at one distance from each other."""
    steps = [after - before for before, after in pairwise(numbers)]
    return all(step and abs(step - steps[0]) <= 1e-6 * abs(steps[0]) for step in steps)
