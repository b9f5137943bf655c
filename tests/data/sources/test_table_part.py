import json

import pyarrow as arrow
import pytest
from pyarrow import parquet

from lmkit.core.errors import DataError
from lmkit.data.sources.table_part import JsonLinesPart, ParquetPart, lines_of
from lmkit.data.sources.text_file import TextPart

ROWS = [{"text": f"text {number}", "m": {"body": number}} for number in range(100)]


@pytest.fixture
def lines(tmp_path):
    """A part of a file of JSON lines: all of it but its first row, one line of it damaged."""
    content = [json.dumps(row) for row in ROWS]
    content[7] = "{oops"
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(content) + "\n")
    text = TextPart("a.jsonl [1]", path, "utf-8", len(content[0]) + 1, path.stat().st_size)
    return lambda column: JsonLinesPart(text, column)


def test_a_part_of_json_lines_is_read_by_itself(lines):
    part = lines("text")
    assert list(part.lines()) == [row["text"] for row in ROWS[1:7] + ROWS[8:]]
    assert list(part.lines()) == list(part.lines())
    (notice,) = part.notices
    assert notice.startswith("a.jsonl [1]: 1 of 99 rows cannot be read: row 7 is no JSON")
    assert part.name == "a.jsonl [1]"


def test_a_part_knows_paths_and_refuses_what_is_not_there(lines):
    assert next(iter(lines("m.body").lines())) == "1"
    with pytest.raises(DataError, match=r"choose one with --column: text, m\.body"):
        list(lines("body text").lines())


def test_a_part_of_parquet_is_some_of_its_row_groups(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(arrow.Table.from_pylist(ROWS), path, row_group_size=10)
    part = ParquetPart("a.parquet [2]", path, "text", (3, 4))
    assert list(part.lines()) == list(part.lines()) == [row["text"] for row in ROWS[30:50]]
    assert part.notices == []
    nested = ParquetPart("a.parquet [1]", path, "body", (0,))
    assert list(nested.lines()) == [str(number) for number in range(10)]
    assert nested.notices == ["a.parquet [1]: the column 'body' was read at m.body"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [("a", ["a"]), ("a\n", ["a"]), ("a\r\nb\rc", ["a", "b", "c"]), ("", [""]), ("\n\n", ["", ""])],
)
def test_a_cell_is_its_lines(text, lines):
    assert lines_of(text) == lines
