"""`lmkit score` from the command line."""

import csv
import io
import json
import sys

import pandas
import pytest

from lmkit.cli.app import exit_code

HEADER = "line\tposition\tword\tsurprisal\trank\tentropy\tunknown"


@pytest.fixture
def printed(model_folder, capsys):
    def run(*arguments, code=0):
        capsys.readouterr()
        assert exit_code(["score", str(model_folder), *arguments]) == code
        return capsys.readouterr().out

    return run


@pytest.fixture
def text_file(tmp_path):
    def written(text):
        file = tmp_path / "text.txt"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return written


def rows_of(table, separator="\t"):
    return list(csv.DictReader(io.StringIO(table), delimiter=separator))


def test_a_table_has_one_row_a_word(printed, text_file):
    table = printed(text_file("the cat sat\nthe zebra\n"), "--format", "tsv")
    assert table.splitlines()[0] == HEADER
    rows = rows_of(table)
    assert [(row["line"], row["position"], row["word"]) for row in rows] == [
        ("1", "1", "the"),
        ("1", "2", "cat"),
        ("1", "3", "sat"),
        ("2", "1", "the"),
        ("2", "2", "zebra"),
    ]
    assert [row["unknown"] for row in rows] == ["0", "0", "0", "0", "1"]


def test_the_bits_of_a_line_are_the_sum_of_its_words(printed, text_file):
    answer = json.loads(printed(text_file("the cat sat\n"), "--format", "json"))
    assert answer["bits"] == pytest.approx(sum(word["surprisal"] for word in answer["words"]))
    assert sorted(answer["words"][0]) == ["entropy", "rank", "surprisal", "unknown", "word"]


def test_a_document_carries_on_from_line_to_line(printed, text_file):
    file = text_file("the cat\nthe dog\n")
    line, document = (
        printed(file, "--context", context).splitlines() for context in ("line", "document")
    )
    first, alone = ([row.split("\t")[3:] for row in rows[1:3]] for rows in (line, document))
    for row, same in zip(first, alone, strict=True):  # read in chunks of other sizes
        assert [float(x) for x in row] == pytest.approx([float(x) for x in same], abs=1e-5)
    assert line[3:] != document[3:]


def test_a_table_is_what_comes_out_of_a_pipe(printed, text_file):
    file = text_file("the cat\n")
    assert printed(file) == printed(file, "--format", "tsv")


@pytest.mark.parametrize(("form", "separator"), [("tsv", "\t"), ("csv", ",")])
def test_every_format_holds_the_same_figures(
    model_folder, text_file, capsysbinary, form, separator
):
    file = text_file('the "cat" sat, NA null\n\nthe dog\n')
    printed = {}
    for name in (form, "parquet"):
        capsysbinary.readouterr()
        assert exit_code(["score", str(model_folder), file, "--format", name]) == 0
        printed[name] = capsysbinary.readouterr().out
    rows = rows_of(printed[form].decode(), separator)
    table = pandas.read_parquet(io.BytesIO(printed["parquet"]))
    assert table.word.tolist() == [row["word"] for row in rows]
    figures = [float(row["surprisal"]) for row in rows]
    assert table.surprisal.tolist() == pytest.approx(figures, abs=1e-5)


def test_the_rows_of_a_table_are_the_words_given(printed, text_file):
    text = 'He said, "let me go" and left.\nShe "ran" home.\nThen "open\nplain NA line\n'
    file = text_file(text)
    table = printed(file, "--format", "tsv")
    assert [row["word"] for row in rows_of(table)] == text.split()
    assert len(pandas.read_csv(io.StringIO(table), sep="\t")) == len(text.split())


def test_both_surprisals_stand_side_by_side_and_add_up(printed, text_file):
    file = text_file("the cat sat on the mat .\n")
    rows = rows_of(printed(file, "--format", "csv", "--correction", "both"), ",")
    plain = rows_of(printed(file, "--correction", "none"))
    assert [row["surprisal_uncorrected"] for row in rows] == [row["surprisal"] for row in plain]
    answer = json.loads(printed(file, "--json"))
    for name in ("surprisal", "surprisal_uncorrected"):
        assert sum(float(row[name]) for row in rows) == pytest.approx(answer["bits"], abs=1e-3)


def test_json_has_the_words_asked_for(printed, text_file):
    file = text_file("the cat sat\n")
    own = json.loads(printed(file, "--json", "--words", "model"))
    assert [word["word"] for word in own["words"]] == ["the", "cat", "sat"]
    assert "surprisal_uncorrected" in own["words"][0]
    assert own["bits"] == pytest.approx(json.loads(printed(file, "--json"))["bits"], abs=1e-4)


@pytest.mark.parametrize(
    "line",
    [
        "早上天气很好我和朋友去公园散步" * 60,
        "so funny " + "😂" * 200,
        "https://x.org/?" + "a=1&" * 300,
    ],
)
@pytest.mark.parametrize("form", ["json", "tsv"])
def test_a_line_of_very_many_bits_loses_no_line_around_it(printed, text_file, line, form):
    out = printed(text_file(f"the cat\n{line}\nthe dog\n"), "--format", form)
    if form == "json":
        answers = [json.loads(answer) for answer in out.splitlines()]
        assert [answer["text"] for answer in answers] == ["the cat", line, "the dog"]
        assert all(isinstance(answer["bits"], float) for answer in answers)
        assert all(isinstance(answer["perplexity"], float) for answer in answers)
    else:
        words = [row["word"] for row in rows_of(out)]
        assert words == ["the", "cat", *line.split(), "the", "dog"]


def test_a_missing_text_is_exit_code_four(printed):
    assert printed("/no/such/file", code=4) == ""


def test_nothing_is_printed_of_what_is_no_text(printed, tmp_path):
    file = tmp_path / "noise"
    file.write_bytes(bytes(range(256)) * 40)
    assert printed(str(file), code=4) == ""


def test_an_unknown_format_is_a_usage_error(printed):
    assert printed("--format", "xlsx", code=2) == ""


def test_lines_of_stdin_are_scored(printed, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the dog\n")))
    assert [row["word"] for row in rows_of(printed("-"))] == ["the", "dog"]


@pytest.mark.parametrize(
    ("name", "content"), [("rows.csv", "id,text\n"), ("rows.json", "[]"), ("rows.csv", "text\n")]
)
def test_a_table_without_a_text_is_exit_code_four(model_folder, capsys, tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert exit_code(["score", str(model_folder), str(tmp_path / name)]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert "holds no text" in told.err
