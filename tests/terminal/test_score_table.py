"""Surprisal tables are read back whole by the readers people have."""

import csv
import io
import sys

import pandas
import pytest

from lmkit.core.errors import UsageError
from lmkit.results.word_scores import WordScore, WordScores
from lmkit.terminal.score_table import CORRECTIONS, TableFormat, write_scores

WORDS = ['"let', 'go,"', '"open', "NA", "null", "it's", "#1", "a,b", "\\", "12", "nan", "ü早", "😂"]
HEADER = ["line", "position", "word", "surprisal", "rank", "entropy", "unknown"]


def answers(*lines):
    """Scores of lines of words, each figure another."""
    for number, words in enumerate(lines):
        scored = tuple(
            WordScore(word, 1.5 + number + place, 1.25 + place, place + 1, 0.1234567, place == 2)
            for place, word in enumerate(words)
        )
        yield WordScores(" ".join(words), scored, 0.0, 1.0)


@pytest.fixture
def table(capsys):
    def printed(*lines, form="tsv", correction="space"):
        write_scores(answers(*lines), TableFormat(form=form, correction=correction))
        return capsys.readouterr().out

    return printed


@pytest.mark.parametrize(("form", "separator"), [("tsv", "\t"), ("csv", ",")])
def test_pandas_reads_every_row_with_its_defaults(table, form, separator):
    text = table(WORDS, WORDS[::-1], form=form)
    read = pandas.read_csv(io.StringIO(text), sep=separator)
    assert list(read.columns) == HEADER
    assert len(read) == 2 * len(WORDS)
    assert read.line.tolist() == [1] * len(WORDS) + [2] * len(WORDS)
    assert read.position.tolist() == [*range(1, len(WORDS) + 1)] * 2
    assert read.surprisal.notna().all()


@pytest.mark.parametrize(("form", "separator"), [("tsv", "\t"), ("csv", ",")])
def test_words_are_read_as_written(table, form, separator):
    text = table(WORDS, form=form)
    read = pandas.read_csv(io.StringIO(text), sep=separator, keep_default_na=False, dtype=str)
    assert read.word.tolist() == WORDS
    rows = list(csv.DictReader(io.StringIO(text), delimiter=separator))
    assert [row["word"] for row in rows] == WORDS


def test_words_without_marks_stand_as_they_are(table):
    assert table(["the", "cat's"]).splitlines()[1:] == [
        "1\t1\tthe\t1.500000\t1\t0.123457\t0",
        "1\t2\tcat's\t2.500000\t2\t0.123457\t0",
    ]


def test_words_with_quotation_marks_are_quoted_as_csv_does(table):
    assert table(['say"']).splitlines()[1].split("\t")[2] == '"say"""'


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_the_correction_chooses_the_columns(table, correction):
    (row,) = csv.DictReader(io.StringIO(table(["a"], form="csv", correction=correction)))
    assert ("surprisal_uncorrected" in row) == (correction == "both")
    assert float(row["surprisal"]) == (1.25 if correction == "none" else 1.5)
    if correction == "both":
        assert float(row["surprisal_uncorrected"]) == 1.25
        assert list(row)[3:5] == ["surprisal", "surprisal_uncorrected"]


def test_a_text_without_words_is_a_header(table):
    assert table() == table([]) == "\t".join(HEADER) + "\n"


def test_numbers_are_never_cut_however_large(capsys):
    word = WordScore("x", 123456789.0, 1e6, 10_000_000, 0.0, unknown=True)
    write_scores([WordScores("x", (word,), 0.0, 1.0)], TableFormat())
    assert capsys.readouterr().out.splitlines()[1] == (
        "1\t1\tx\t123456789.000000\t10000000\t0.000000\t1"
    )


def test_a_terminal_shows_control_characters_written_out(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    write_scores(answers(["a\x1b[2J"]), TableFormat())
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "a\\x1b[2J" in out


def test_a_pipe_gets_words_exactly_as_written(table):
    words = ["a\u200fb", "\x07"]
    rows = csv.DictReader(io.StringIO(table(words)), delimiter="\t")
    assert [row["word"] for row in rows] == words


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_parquet_holds_the_figures_in_full(capsysbinary, correction):
    table = TableFormat(form="parquet", correction=correction)
    write_scores(answers(WORDS, [], WORDS), table)
    read = pandas.read_parquet(io.BytesIO(capsysbinary.readouterr().out))
    assert list(read.columns) == list(table.columns)
    assert read.word.tolist() == WORDS * 2
    assert read.line.tolist() == [1] * len(WORDS) + [3] * len(WORDS)
    assert read.entropy.tolist() == [0.1234567] * len(read)
    assert read.unknown.dtype == bool


def test_parquet_of_no_words_has_its_columns(capsysbinary):
    write_scores([], TableFormat(form="parquet"))
    assert list(pandas.read_parquet(io.BytesIO(capsysbinary.readouterr().out)).columns) == HEADER


def test_parquet_is_written_in_groups(capsysbinary):
    write_scores(answers(["w"] * 25_000), TableFormat(form="parquet"))
    read = pandas.read_parquet(io.BytesIO(capsysbinary.readouterr().out))
    assert read.position.tolist() == list(range(1, 25_001))


def test_parquet_is_refused_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(UsageError, match="Parquet"):
        write_scores(answers(["a"]), TableFormat(form="parquet"))
