import datetime

import pyarrow as arrow
import pytest
from pyarrow import parquet

from lmkit.core.errors import DataError
from lmkit.data.tables.parquet import parquet_records, row_groups

ROWS = [{"text": f"text {number}", "n": number, "user": {"name": "Ada"}} for number in range(3000)]


@pytest.fixture
def path(tmp_path):
    parquet.write_table(arrow.Table.from_pylist(ROWS), tmp_path / "a.parquet", row_group_size=500)
    return tmp_path / "a.parquet"


def read(path, column):
    return list(parquet_records(path, column, name="a.parquet"))


def test_the_wanted_column_alone_is_read(path):
    assert read(path, "text") == [(n + 1, {"text": row["text"]}) for n, row in enumerate(ROWS)]
    assert read(path, "user.name")[0] == (1, {"user": {"name": "Ada"}})


def test_every_column_is_read_where_the_wanted_one_is_not_there(path):
    assert read(path, "missing")[2] == (3, ROWS[2])


def test_values_keep_their_kinds(tmp_path):
    rows = [{"text": None, "day": datetime.date(2024, 1, 31)}, {"text": "None", "day": None}]
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet", "missing") == [(1, rows[0]), (2, rows[1])]


def test_damage_is_one_sentence_with_the_row(path, tmp_path):
    content = path.read_bytes()
    late = len(content) // 2
    (tmp_path / "late.parquet").write_bytes(content[:late] + b"\xff" * 99 + content[late + 99 :])
    (tmp_path / "cut.parquet").write_bytes(content[:-50])
    (tmp_path / "text.parquet").write_bytes(b"text\nhello\n")
    for name, row in (("cut", 0), ("text", 0)):
        with pytest.raises(DataError, match=f"as Parquet after row {row}: .*copy it again") as told:
            read(tmp_path / f"{name}.parquet", "text")
        assert "\n" not in str(told.value)
    with pytest.raises(DataError, match=r"after row \d"):
        read(tmp_path / "late.parquet", "text")


def test_row_groups_can_be_read_by_themselves(path, tmp_path):
    assert row_groups(path) == 6
    found = list(parquet_records(path, "text", name="a", groups=(1, 5)))
    assert [record["text"] for _, record in found] == [
        row["text"] for row in ROWS[500:1000] + ROWS[2500:]
    ]
    (tmp_path / "text.parquet").write_text("no Parquet")
    assert row_groups(tmp_path / "text.parquet") == 0
