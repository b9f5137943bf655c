import pytest

from lmkit.core.errors import DataError
from lmkit.data.tables.records import cell_texts, choose_path, no_column, record_texts
from lmkit.data.tables.report import RowReport


def read(values, column="text"):
    """Return the texts of records, and everything that is said of them."""
    report, notices = RowReport("x.jsonl"), []
    texts = list(record_texts(enumerate(values, start=1), column, report, notices))
    return texts, [*notices, *report.finish()]


def test_the_texts_are_those_of_one_column():
    assert read([{"text": "a", "n": 1}, {"text": "b", "n": 2}]) == (["a", "b"], [])
    assert read([{"text": "a", "n": 1}, {"text": "b", "n": 2}], "n") == (["1", "2"], [])


@pytest.mark.parametrize("value", ["None", "null", "NA", "nan", 42, 0.5, True])
def test_every_value_is_its_text(value):
    texts, notices = read([{"text": "we went home"}, {"text": value}, {"text": "she slept"}])
    assert texts == ["we went home", str(value).replace("True", "true"), "she slept"]
    assert notices == []


def test_a_missing_value_has_no_text_and_an_empty_one_has():
    assert read([{"text": None}, {"text": ""}, {"text": "a"}]) == (["", "a"], [])


def test_records_that_lack_the_column_are_counted():
    texts, (notice,) = read([{"text": "a"}, {"other": "b"}, {"text": "c"}])
    assert texts == ["a", "c"]
    assert notice == "x.jsonl: 1 of 3 rows lack the column"


def test_nested_columns_are_found_by_their_path_and_by_their_name():
    values = [{"message": {"text": "a"}, "id": 1}, {"message": {"text": "b"}, "id": 2}]
    assert read(values, "message.text") == (["a", "b"], [])
    texts, (notice,) = read(values)
    assert texts == ["a", "b"]
    assert notice == "x.jsonl: the column 'text' was read at message.text"


def test_every_element_of_a_list_on_the_way_is_read():
    values = [{"messages": [{"role": "user", "content": "hi"}, {"role": "bot", "content": "ho"}]}]
    assert read(values, "messages.content")[0] == ["hi", "ho"]


def test_a_record_without_columns_is_the_text():
    assert read(["a", "b"])[0] == ["a", "b"]
    assert read([["a", "b"], ["c"]])[0] == ["a", "b", "c"]
    assert read([]) == ([], [])


@pytest.mark.parametrize("column", ["body", "message", "message.body", "id.text"])
def test_a_missing_column_is_named_with_those_there_are(column):
    values = [{"message": {"text": "a", "from": "b"}, "id": 1}] * 3
    with pytest.raises(DataError) as told:
        read(values, column)
    assert str(told.value) == (
        f"x.jsonl has no column {column!r}; choose one with --column: message.text, message.from, "
        "id"
    )


def test_a_name_at_two_places_is_refused():
    with pytest.raises(DataError, match=r"choose one with --column: a\.text, b\.text"):
        read([{"a": {"text": "x"}, "b": {"text": "y"}}])


def test_a_column_may_first_come_after_other_records():
    assert read([*[{"n": 1}] * 900, {"text": "a"}])[0] == ["a"]


def test_an_object_where_a_text_should_be_is_passed_over():
    values = [{"text": "a"}] * 20 + [{"text": {"bold": True}}]
    texts, (notice,) = read(values)
    assert len(texts) == 20
    assert "row 21 holds an object where a text should be" in notice


def test_each_cell_of_a_record_is_counted():
    parts = [{"content": "a"}] * 15 + [{"content": {"image": 1}}]
    texts, (notice,) = read([{"messages": parts}], "messages.content")
    assert texts == ["a"] * 15
    assert "1 of 16 rows cannot be read: row 1 holds an object" in notice


def test_many_columns_are_not_all_named():
    message = no_column("x", "text", [(f"column{number}",) for number in range(100)])
    assert message.endswith("column29, ...")
    assert no_column("x", "text", [("two\nlines", "\ud83d")]).endswith(": two lines.\ufffd")
    assert no_column("x", "text", []) == "x has no column 'text', nor any other"


def test_a_path_is_told_where_it_is_not_what_was_asked_for():
    notices = []
    assert choose_path([("text",)], "text", "x", notices) == ("text",)
    assert notices == []
    assert choose_path([("a", "text")], "text", "x", notices) == ("a", "text")
    assert notices == ["x: the column 'text' was read at a.text"]


def test_a_rich_text_is_one_text():
    report = RowReport("x")
    assert cell_texts(1, ["look ", {"type": "link", "text": "here"}], report) == ["look here"]
    assert report.bad == 0
