import gzip
import json

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest

from lmkit.core.errors import DataError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.table import TableFile, table_suffix

# The reader of `datasets` leaves the closing of CSV files to chance.
pytestmark = [
    pytest.mark.usefixtures("abandoned_tables"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ROWS = [{"text": "the cat", "n": 1}, {"text": "two\r\nlines\n", "n": 2}, {"text": None, "n": 3}]
LINES = ["the cat", "two", "lines"]


def write(path):
    name = path.name
    if name.endswith(".parquet"):
        parquet.write_table(arrow.Table.from_pylist(ROWS), path)
    elif name.endswith("sv"):
        mark = "\t" if name.endswith(".tsv") else ","
        rows = [f"text{mark}n", f"the cat{mark}1", f'"two\r\nlines\n"{mark}2', f"{mark}3"]
        path.write_text("\n".join(rows), newline="")
    else:
        content = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def source(path, column="text"):
    return TableFile(str(path), SourceConfig(column=column))


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.JSON", "a.jsonl.gz", "a [x]*.csv", "a.tsv", "a.parquet"]
)
def test_the_text_is_one_column(tmp_path, name):
    table = source(write(tmp_path / name))
    assert list(table.lines()) == list(table.lines()) == LINES


def test_a_spreadsheet_with_semicolons_in_latin_1_is_read(tmp_path):
    rows = ["id;text;n", "1;le café est fermé, dit-il;2", '2;"où est la forêt ?";3']
    (tmp_path / "rows.csv").write_bytes("\r\n".join(rows).encode("cp1252"))
    found = source(tmp_path / "rows.csv")
    assert list(found.lines()) == ["le café est fermé, dit-il", "où est la forêt ?"]
    assert found.notices == [f"{found.name} is not UTF-8; it was read as cp1252"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_a_missing_column_is_named_with_those_there_are(tmp_path, name):
    with pytest.raises(DataError, match="no column 'body'; choose one with --column: text, n"):
        list(source(write(tmp_path / name), "body").lines())


def test_a_column_of_numbers_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds int, not text"):
        list(source(write(tmp_path / "a.jsonl"), "n").lines())


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_damaged_table_is_refused_in_one_line(tmp_path, name, capfd):
    (tmp_path / name).write_text('{"text": "a"}\n{oops')
    with pytest.raises(DataError, match="cannot read") as caught:
        list(source(tmp_path / name).lines())
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_nothing_is_written_outside_a_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    list(source(write(tmp_path / "a.jsonl")).lines())
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_the_fingerprint_is_of_the_content_and_the_column(tmp_path):
    path = write(tmp_path / "a.jsonl")
    assert source(path).fingerprint() == source(path).fingerprint()
    assert source(path).fingerprint() != source(path, "n").fingerprint()


def test_tables_are_known_by_their_suffix(tmp_path):
    names = ["a.jsonl", "a.CSV.gz", "a.b.parquet", "a.txt", "a.csv.txt", "csv", ".csv"]
    found = [table_suffix(tmp_path / name) for name in names]
    assert found == [".jsonl", ".csv", ".parquet", "", "", "", ""]
