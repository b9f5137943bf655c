import datetime

import pytest

from lmkit.data.tables.values import (
    find_path,
    merged,
    named,
    paths_in,
    sound,
    texts_of,
    values_at,
)

EXPORT = {
    "name": "Bo",
    "messages": [
        {"id": 1, "text": "see you", "user": {"name": "Ada"}},
        {"id": 2, "text": ["look ", {"type": "link", "text": "http://e.x"}]},
        {"id": 3, "none": None},
    ],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name", ["Bo"]),
        ("messages.id", [1, 2, 3]),
        ("messages.user.name", ["Ada"]),
        ("messages.none", [None]),
        ("messages.missing", []),
        ("name.deeper", []),
    ],
)
def test_a_path_leads_through_objects_and_lists(path, found):
    assert list(values_at(EXPORT, tuple(path.split(".")))) == found


def test_a_key_with_dots_in_it_is_a_key():
    assert list(values_at({"a.b": "x", "a": {"b": "y"}}, ("a", "b"))) == ["x"]
    assert list(values_at({"m": [{"a.b": "x"}]}, ("m", "a", "b"))) == ["x"]


def test_no_path_is_the_value_itself():
    assert list(values_at(["a"], ())) == [["a"]]


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("as it is", ["as it is"]),
        ("None", ["None"]),
        ("", [""]),
        (None, []),
        (42, ["42"]),
        (True, ["true"]),
        (0.5, ["0.5"]),
        (datetime.date(2024, 1, 31), ["2024-01-31"]),
        (b"caf\xc3\xa9", ["café"]),
        (["a", "b"], ["a", "b"]),
        (["look ", {"type": "link", "text": "here"}, "!"], ["look here!"]),
        ([{"text": "all bold"}], ["all bold"]),
        ([], []),
        ({"text": "in an object"}, ["in an object"]),
        ({"other": 1}, None),
        (["a", {"other": 1}], None),
        ("half \ud83d of it", ["half \ufffd of it"]),
    ],
)
def test_a_cell_has_texts_or_is_none(value, texts):
    assert texts_of(value) == texts


def test_paths_are_those_of_texts():
    assert list(dict.fromkeys(map(named, paths_in(EXPORT)))) == [
        "name",
        "messages.id",
        "messages.text",
        "messages.user.name",
        "messages.text.type",
        "messages.text.text",
    ]
    assert list(paths_in("text")) == []


PATHS = list(dict.fromkeys(paths_in(EXPORT)))


@pytest.mark.parametrize(
    ("column", "path"),
    [
        ("name", "name"),
        ("messages.text", "messages.text"),
        ("text", "messages.text"),
        ("id", "messages.id"),
        ("type", "messages.text.type"),
        ("messages", None),
        ("messages.missing", None),
        ("missing", None),
    ],
)
def test_a_column_is_a_path_or_the_nearest_key(column, path):
    found = find_path(PATHS, column)
    assert (None if found is None else named(found)) == path


def test_a_key_at_two_places_stands_for_neither():
    paths = list(paths_in({"a": {"text": "x"}, "b": {"text": "y"}}))
    assert find_path(paths, "text") is None


def test_a_name_with_dots_is_found():
    assert find_path([("a.b",)], "a.b") == ("a", "b")


def test_every_lone_surrogate_becomes_one_mark():
    assert sound("\ud83d\ud83d é") == "\ufffd\ufffd é"
    assert sound("plain") == "plain"


MAPPING = {"mapping": {key: {"message": {"text": key.upper()}} for key in ("a1", "b2", "c3")}}


def test_one_key_stands_for_every_key():
    path = ("mapping", "*", "message", "text")
    assert list(values_at(MAPPING, path)) == ["A1", "B2", "C3"]
    assert find_path(list(paths_in(MAPPING)), "mapping.*.message.text") == path
    assert find_path(list(paths_in(MAPPING)), "mapping.*.text") is None
    assert list(values_at({"*": 1, "a": 2}, ("*",))) == [1]


def test_records_beneath_their_numbers_are_merged():
    assert merged(paths_in(MAPPING)) == [("mapping", "*", "message", "text")]
    assert find_path(list(paths_in(MAPPING)), "text") == ("mapping", "*", "message", "text")
    two = {key: {"text": key} for key in "ab"}
    assert merged(paths_in(two)) == [("a", "text"), ("b", "text")]
    assert find_path(list(paths_in(two)), "text") is None
    rows = {str(number): {"id": 1, "text": "x"} for number in range(5)}
    assert merged(paths_in(rows)) == [("*", "id"), ("*", "text")]


def test_columns_of_numbered_rows_are_read():
    frame = {"id": {"0": 7, "1": 8}, "text": {"0": "we went", "1": "bye"}}
    path = find_path(list(paths_in(frame)), "text")
    assert list(values_at(frame, path)) == ["we went", "bye"]
    assert find_path([("text", "en"), ("text", "de")], "text") is None


@pytest.mark.parametrize(("there", "asked"), [("Text", "text"), ("text ", "text"), ("A.b", "a.B")])
def test_capitals_and_spaces_of_a_key_make_no_difference(there, asked):
    path = tuple(there.split("."))
    assert find_path([("id",), path], asked) == path
    assert find_path([("Text",), ("TEXT",)], "text") is None
    assert find_path([("Text",), ("text",)], "text") == ("text",)
