import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.data.tables import json_document
from lmkit.data.tables.json_document import Damage, document_paths, document_values
from lmkit.data.tables.values import values_at

TELEGRAM = {
    "name": "Bo",
    "messages": [
        {"id": 1, "text": "see you"},
        {"id": 2, "text": ["look ", {"type": "link", "text": "http://e.x"}]},
    ],
}


def read(content, path):
    found = list(document_values(io.StringIO(content), tuple(filter(None, path.split(".")))))
    return [str(value) if isinstance(value, Damage) else value for value in found]


def paths(content, wanted="text"):
    found = document_paths(io.StringIO(content), tuple(wanted.split(".")))
    return [".".join(path) for path in found]


@pytest.fixture(params=[1, 7, 1 << 20], ids=["by character", "by seven", "at once"])
def chunks(request, monkeypatch):
    """Read documents in chunks of several sizes, elements larger than one of them by parts."""
    monkeypatch.setattr(json_document, "_CHUNK", request.param)
    monkeypatch.setattr(json_document, "_LARGEST", request.param)


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("document", "path", "found"),
    [
        (TELEGRAM, "messages.text", [message["text"] for message in TELEGRAM["messages"]]),
        (TELEGRAM, "name", ["Bo"]),
        (TELEGRAM, "messages.missing", []),
        ([{"text": "a"}, {"text": "b"}, {"other": 1}], "text", ["a", "b"]),
        ({"data": [{"text": "a"}]}, "data.text", ["a"]),
        ({"a": [{"b": [{"c": "x"}, {"c": "y"}]}, {"b": {"c": "z"}}]}, "a.b.c", ["x", "y", "z"]),
        ({"a.b": "x", "a": {"b": "y"}}, "a.b", ["x", "y"]),
        (["a", "b"], "", ["a", "b"]),
        ({"text": None}, "text", [None]),
        ({"text": ""}, "text", [""]),
        ([], "text", []),
        ({}, "text", []),
    ],
)
def test_values_are_those_at_the_path(document, path, found, indent):
    assert read(json.dumps(document, indent=indent), path) == found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\{}[],:é\n', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=12,
)


@settings(max_examples=200)
@given(json_values, st.sampled_from(["a", "a.b", "a.b.c", "c.a"]), st.sampled_from([1, 5, 1 << 20]))
def test_a_stream_reads_what_the_whole_holds(document, path, chunk):
    keys = tuple(path.split("."))
    whole = json_document.DECODER.decode(json.dumps(document))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_document, "_CHUNK", chunk)
        patch.setattr(json_document, "_LARGEST", chunk)
        assert read(json.dumps(document), path) == list(values_at(whole, keys))


def test_numbers_are_as_they_are_written():
    assert read('[{"n": 1.50}, {"n": 12}, {"n": NaN}]', "n") == ["1.50", "12", "NaN"]


def test_several_documents_follow_each_other():
    assert read('{"text": "a"}\n{"text": "b"},\n[{"text": "c"}]', "text") == ["a", "b", "c"]


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize(
    "bad",
    [
        '{"id": 2, "text": "bad \\x escape"}',
        '{"id": 2, "text": }',
        '{"id": 2 "text": "no comma"}',
        '{"id": two, "text": "b"}',
        '{id: 2, "text": "b"}',
    ],
)
def test_a_damaged_element_costs_itself_alone(bad):
    good = '{"id": 1, "text": "a"}'
    content = f'{{"messages": [{good}, {bad}, {good}, {good}]}}'
    found = read(content, "messages.text")
    assert [value for value in found if value == "a"] == ["a"] * 3
    (fault,) = (value for value in found if value != "a" and value != "b")
    assert "is no JSON at" in fault


@pytest.mark.usefixtures("chunks")
def test_a_damaged_text_among_texts_is_passed_over():
    assert read('["a", "b\\x", "c"]', "")[::2] == ["a", "c"]


def test_a_damaged_list_among_lists_is_passed_over():
    first, fault, last = read('[["a"], [b], ["c"]]', "")
    assert (first, last) == (["a"], ["c"])
    assert fault == "is no JSON at 'b], [\"c\"]]' (Expecting value)"


@pytest.mark.parametrize("cut", range(20, 60, 3))
def test_a_document_that_is_cut_off_loses_its_end(cut):
    content = json.dumps([{"text": "a"}, {"text": "b"}, {"text": "c"}, {"text": "d"}])
    *found, damage = read(content[:cut], "text")
    assert found == ["a", "b", "c", "d"][: len(found)]
    assert len(found) >= content[:cut].count("}")
    assert damage.startswith("is ")


@pytest.mark.parametrize("content", ["oops", "}", "]", '{"a" 1}', "{,}", "[1 2", "nul", '"open'])
def test_what_is_no_json_is_damage(content):
    assert any(isinstance(value, str) and "is " in value for value in read(content, "text"))


def test_deep_nesting_is_damage():
    assert read("[" * 100_000, "text") == ["is nested too deeply"]
    assert read('{"a":' * 100_000, "text")[-1].startswith("is ")


def test_nothing_is_nothing():
    assert read("", "text") == read(" \n", "text") == []


@pytest.mark.usefixtures("chunks")
def test_paths_are_found_until_the_wanted_one_is_met():
    content = json.dumps(TELEGRAM)
    assert list(dict.fromkeys(paths(content, "nowhere"))) == [
        "name",
        "messages.id",
        "messages.text",
        "messages.text.type",
        "messages.text.text",
    ]
    assert paths(content, "messages.text")[-1] == "messages.text"
    assert paths(content[:50], "nowhere")[:2] == ["name", "messages.id"]
    assert paths("oops") == []
    assert paths('["a"]') == []


def test_a_list_larger_than_an_element_may_be_is_read_by_elements(monkeypatch):
    for limit in ("_LARGEST", "_LARGEST_CELL", "_CHUNK"):
        monkeypatch.setattr(json_document, limit, 10)
    texts = [f"text number {number}" for number in range(50)]
    assert read(json.dumps({"texts": texts}), "texts") == texts
    long = "x" * 1000
    assert read(json.dumps({"skipped": long, "text": long}), "text") == [long]


@pytest.mark.parametrize("chunk", [7, 1 << 20])
def test_one_key_stands_for_every_key_of_an_object(monkeypatch, chunk):
    monkeypatch.setattr(json_document, "_CHUNK", chunk)
    monkeypatch.setattr(json_document, "_LARGEST", 20)
    document = {"mapping": {key: {"message": {"text": key}} for key in ("a", "b", "c")}, "n": 1}
    content = json.dumps([document, document])
    assert read(content, "mapping.*.message.text") == ["a", "b", "c"] * 2
    assert read(json.dumps({"text": {"0": "we", "1": "went"}}), "text.*") == ["we", "went"]


@pytest.mark.parametrize(
    "before", ["window.YTD.tweets.part0 = ", "var data=", "\ufeff x = ", "\x1e"]
)
def test_what_exports_write_before_a_document_is_passed_over(before):
    content = before.lstrip("\ufeff") + '[{"text": "we went"}, {"text": "bye"}]'
    assert read(content, "text") == ["we went", "bye"]
    assert paths(content) == ["text"]
