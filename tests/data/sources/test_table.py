import bz2
import csv
import gzip
import io
import json
import lzma
import pickle
import sys

import pyarrow as arrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from lmkit.core.errors import DataError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.table import TABLES, TableFile, table_suffix
from lmkit.data.sources.table_part import lines_of

ROWS = [{"text": "the cat", "n": 1}, {"text": "two\r\nlines\n", "n": 2}, {"text": None, "n": 3}]
LINES = ["the cat", "two", "lines"]


def write(path):
    """Write the same rows in the form that the name of a file asks for."""
    name = path.name.lower()
    if ".parquet" in name:
        parquet.write_table(arrow.Table.from_pylist(ROWS), path)
        content = path.read_bytes()
    elif "sv" in name or ".tab" in name:
        mark = "," if ".csv" in name else "\t"
        rows = [f"text{mark}n", f"the cat{mark}1", f'"two\r\nlines\n"{mark}2', f"{mark}3"]
        content = "\n".join(rows).encode()
    elif ".json" in name and "l" not in name.split(".")[1]:
        content = json.dumps({"rows": ROWS}, indent=1).encode()
    else:
        content = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    compress = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}
    path.write_bytes(compress.get(name.rsplit(".", 1)[1], bytes)(content))
    return path


def source(path, column="text"):
    return TableFile(str(path), SourceConfig(column=column))


@pytest.mark.parametrize(
    "name",
    [
        "a.jsonl", "a.NDJSON", "a.jsonl.gz", "a.json", "a.json.xz", "a [x]*.csv", "a.csv.bz2",
        "a.tsv", "a.tab", "a.parquet", "a.parquet.gz",
    ],
)  # fmt: skip
def test_the_text_is_one_column(tmp_path, name):
    table = source(write(tmp_path / name))
    assert list(table.lines()) == list(table.lines()) == LINES
    assert [line for line in table.notices if "was read at" not in line] == []


def test_a_spreadsheet_with_semicolons_in_latin_1_is_read(tmp_path):
    rows = ["id;text;n", "1;le café est fermé, dit-il;2", '2;"où est la forêt ?";3']
    (tmp_path / "rows.csv").write_bytes("\r\n".join(rows).encode("cp1252"))
    found = source(tmp_path / "rows.csv")
    assert list(found.lines()) == ["le café est fermé, dit-il", "où est la forêt ?"]
    assert found.notices == [f"{found.name} is not UTF-8; it was read as cp1252"]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_a_table_may_be_in_any_encoding(tmp_path, name, codec):
    content = "id,text\n1,un café, s'il vous plaît\n"
    if "json" in name:
        rows = [{"text": "un café, s'il vous plaît"}]
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        content = f"[{content}]" if name == "a.json" else content
    (tmp_path / name).write_bytes(content.encode(codec))
    assert list(source(tmp_path / name).lines()) == ["un café, s'il vous plaît"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_a_missing_column_is_named_with_those_there_are(tmp_path, name):
    with pytest.raises(DataError, match="no column 'body'; choose one with --column: text, n"):
        list(source(write(tmp_path / name), "body").lines())


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_numbers_are_text(tmp_path, name):
    assert list(source(write(tmp_path / name), "n").lines()) == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_a_damaged_table_is_refused_in_one_line(tmp_path, name, capfd):
    (tmp_path / name).write_text('{"text": "a"}\n{oops\n{oops\n{oo\n')
    with pytest.raises(DataError, match="cannot read") as caught:
        list(source(tmp_path / name).lines())
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_bad_row_is_passed_over_early_and_late(tmp_path):
    rows = [json.dumps({"text": f"text {number}"}) for number in range(3000)]
    rows[1] = '{"text": "cut'
    rows[2900] = "\x00\x00"
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    found = source(tmp_path / "a.jsonl")
    assert len(list(found.lines())) == 2998
    (notice,) = found.notices
    assert "2 of 3,000 rows cannot be read (rows 2, 2,901)" in notice


def test_half_a_character_is_marked(tmp_path):
    (tmp_path / "a.jsonl").write_text(r'{"text": "half \ud83d here"}')
    assert list(source(tmp_path / "a.jsonl").lines()) == ["half \ufffd here"]


def test_a_chat_is_read_by_its_path(tmp_path):
    messages = [
        {"id": 1, "from": "Ada", "text": "see you\nthere"},
        {"id": 2, "from": "Bo", "text": ["look ", {"type": "link", "text": "http://e.x"}]},
        {"id": 3, "from": "Bo", "text": ""},
    ]
    (tmp_path / "result.json").write_text(json.dumps({"name": "Bo", "messages": messages}))
    lines = ["see you", "there", "look http://e.x", ""]
    assert list(source(tmp_path / "result.json", "messages.text").lines()) == lines
    found = source(tmp_path / "result.json")
    assert list(found.lines()) == lines
    assert "was read at messages.text" in found.notices[0]
    with pytest.raises(DataError, match=r"choose one with --column: name, messages\.id"):
        list(source(tmp_path / "result.json", "body").lines())


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_texts_without_columns_are_read(tmp_path, name):
    (tmp_path / name).write_text('["a",\n"b"]\n' if name == "a.json" else '"a"\n"b"\n')
    assert list(source(tmp_path / name).lines()) == ["a", "b"]


def test_json_without_an_end_keeps_what_was_read(tmp_path):
    content = json.dumps([{"text": f"text {number}"} for number in range(50)], indent=1)
    (tmp_path / "a.json").write_text(content[:-20])
    found = source(tmp_path / "a.json")
    assert len(list(found.lines())) == 49
    assert "1 of 50 rows cannot be read: row 50 is" in found.notices[0]


def test_nothing_is_written_outside_a_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    list(source(write(tmp_path / "a.jsonl")).lines())
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_neither_torch_nor_datasets_is_needed(tmp_path):
    list(source(write(tmp_path / "a.csv")).lines())
    code = (
        "import sys; from lmkit.data.sources import open_source\n"
        f"assert list(open_source({str(tmp_path / 'a.csv')!r}).lines()) == {LINES!r}\n"
        "assert not {'torch', 'datasets', 'pandas', 'pyarrow'} & set(sys.modules)"
    )
    import subprocess

    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_fingerprint_is_of_the_content_and_the_column(tmp_path):
    path = write(tmp_path / "a.jsonl")
    assert source(path).fingerprint() == source(path).fingerprint()
    assert source(path).fingerprint() != source(path, "n").fingerprint()
    assert source(path, "\udcff").fingerprint()


def test_tables_are_known_by_their_suffix(tmp_path):
    names = ["a.jsonl", "a.CSV.gz", "a.b.parquet", "a.txt", "a.csv.txt", "csv", ".csv", "a.tab.bz2"]
    found = [table_suffix(tmp_path / name) for name in names]
    assert found == [".jsonl", ".csv", ".parquet", "", "", "", "", ".tab"]
    assert set(found) - {""} <= set(TABLES)


def test_a_table_can_be_sent_to_another_process(tmp_path):
    table = pickle.loads(pickle.dumps(source(write(tmp_path / "a.csv"))))  # noqa: S301  # our own
    assert list(table.lines()) == LINES


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_parts_of_a_table_are_its_lines(tmp_path, count):
    rows = [{"text": f"text {number}\nof two lines", "n": number} for number in range(9000)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = arrow.Table.from_pylist(rows)
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=1000)
    for name in ("a.jsonl", "a.parquet"):
        whole = source(tmp_path / name)
        parts = pickle.loads(pickle.dumps(whole.shards(count)))  # noqa: S301  # our own bytes
        assert len(parts) == count
        assert [line for part in parts for line in part.lines()] == list(whole.lines())
        sizes = [len(list(part.lines())) for part in parts]
        assert max(sizes) <= 2 * min(sizes)


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl", "a.jsonl.gz", "a.parquet"])
def test_a_table_that_cannot_be_cut_is_one_part(tmp_path, name):
    whole = source(write(tmp_path / name))
    (part,) = whole.shards(4)
    assert list(part.lines()) == list(whole.lines())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@settings(max_examples=200)
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)))
def test_what_is_written_comes_back(folder, texts):
    texts = [text.replace("\r", "").replace("\x00", "") for text in texts]
    expected = [line for text in texts for line in lines_of(text) if line.strip()]
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text"], *enumerate(texts)])
    (folder / "a.csv").write_bytes(written.getvalue().encode())
    (folder / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    (folder / "a.json").write_text(json.dumps([{"text": text} for text in texts]))
    for name in ("a.csv", "a.jsonl", "a.json"):
        if texts or name != "a.jsonl":
            found = list(source(folder / name).lines())
            assert [line for line in found if line.strip()] == expected


SIGNS = ['"', "'", ",", ";", "\t", "\\", "\n", "\r", "{", "}", "[", "]", ":", "1", "é", "\x00"]
WORDS = ["text", "id", '{"text": "a"}', '"text"', "null", "\\ud83d", '{"messages":[', "sep=;\n"]
MADE = st.lists(st.sampled_from([*SIGNS, *WORDS, "# c\n"]), max_size=30)


@pytest.mark.slow
@settings(max_examples=2500)
@given(
    MADE.map("".join).map(str.encode) | st.binary(max_size=100),
    st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet", "a.csv.gz"]),
    st.sampled_from(["text", "2", "messages.text", "messages", "\udcff"]),
)
def test_any_content_is_read_or_refused_in_one_sentence(folder, content, name, column):
    (folder / name).write_bytes(content)
    table = source(folder / name, column)
    lines, said = [], []
    try:
        lines = list(table.lines())
        said = table.notices
    except DataError as error:
        said = [str(error)]
    assert all("\n" not in line for line in lines)
    assert all("\n" not in sentence for sentence in said)


def test_a_page_in_the_place_of_a_table_is_told(tmp_path):
    (tmp_path / "x.csv").write_text("<!DOCTYPE html>\n<html><body>Not found</body></html>\n")
    table = source(tmp_path / "x.csv")
    list(table.lines())
    assert "looks like HTML or XML" in table.notices[0]
    (tmp_path / "y.csv").write_text("text\n<b>we</b> went\n<b>bye</b>\n")
    marked = source(tmp_path / "y.csv")
    assert list(marked.lines()) == ["<b>we</b> went", "<b>bye</b>"]
    assert marked.notices == []
