import pytest

from lmkit.data.tables.json_lines import are_json_lines, json_records
from lmkit.data.tables.report import RowReport


def read(*lines):
    report = RowReport("x.jsonl")
    return list(json_records(lines, report)), report


def test_each_line_is_a_record_and_numbers_stay_as_they_are_written():
    records, report = read('{"text": "a", "n": 0.10}\n', "\n", '["b"]\n', '"c"\n', "42")
    assert records == [(1, {"text": "a", "n": "0.10"}), (3, ["b"]), (4, "c"), (5, "42")]
    assert report.bad == 0


@pytest.mark.parametrize(
    "line", ["{oops", '{"text": "cut', "[" * 100_000, "{}}", '{"a": 1},', "nothing", "\x00"]
)
def test_a_damaged_line_costs_itself_alone(line):
    records, report = read('{"text": "a"}', line, '{"text": "b"}')
    assert [value["text"] for _, value in records] == ["a", "b"]
    assert (report.bad, report.rows) == (1, 1)


def test_the_fault_is_told():
    _, report = read('{"text": "a"', *['{"text": "b"}'] * 2)
    report.rows += 2
    (notice,) = report.finish()
    assert "row 1 is no JSON (Expecting ',' delimiter: line 1 column 13 (char 12))" in notice


def test_what_other_readers_refuse_is_a_value():
    records, _ = read('{"text": "tab\there \\ud83d", "n": NaN, "big": ' + "9" * 5000 + "}")
    assert records[0][1] == {"text": "tab\there \ud83d", "n": "NaN", "big": "9" * 5000}


@pytest.mark.parametrize(
    ("head", "is_lines"),
    [
        ('{"text": "a"}\n{"text": "b"}\n', True),
        ('\n{"text": "a"}\n', True),
        ('{"text": "a"}\n{oops\n{oops\n', True),
        ('{oops\n{"text": "a"}\n{"text": "b"}\n{"text": "cut', True),
        ('"a"\n"b"\n', True),
        ('["a"]\n["b"]\n', True),
        ('[\n {"text": "a"},\n {"text": "b"}\n]\n', False),
        ('{\n "data": [\n  {"text": "a"}\n ]\n}\n', False),
        ('{"data": [\n{"text": "a"},\n{"text": "b"},\n{"text": "c"},\n{"text": "d"}\n]}\n', False),
        ('{"text": "a"},\n{"text": "b"},\n', False),
        ('[{"text": "a"}]', False),
        ("", False),
        ("{oops\n{oops\n", False),
    ],
)
def test_lines_are_told_from_documents(head, is_lines):
    assert are_json_lines(head) is is_lines


def test_the_marks_of_a_json_sequence_are_no_damage():
    lines = ['\x1e{"text": "we went"}\n', '\x1e{"text": "bye"}\n']
    records, report = read(*lines)
    assert [value for _, value in records] == [{"text": "we went"}, {"text": "bye"}]
    assert report.bad == 0
    assert are_json_lines("".join(lines))
