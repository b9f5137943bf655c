"""Nothing that leaves the machine names a folder of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.archive.shareable import file_name, shareable, shareable_command, shareable_text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/home/anna/diary.txt", "diary.txt"),
        ("notes/", "notes"),
        ("../texts/a b.txt", "a b.txt"),
        ("C:\\Users\\Anna\\diary.txt", "diary.txt"),
        ("hf:owner/name", "hf:owner/name"),
        ("grammar", "grammar"),
        ("-", "-"),
        ("/", "/"),
    ],
)
def test_a_source_is_named_by_its_file(source, expected):
    assert file_name(source) == expected


def test_a_command_keeps_its_words():
    command = "lmkit train '/my texts/a.txt' hf:o/n --out ../m --set hidden=8 --config=/etc/x.toml"
    expected = "lmkit train a.txt hf:o/n --out m --set hidden=8 --config=x.toml"
    assert shareable_command(command) == expected
    assert shareable_command("lmkit train 'half") == "lmkit train 'half"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cannot read /home/anna/x.csv: row 3", "cannot read x.csv: row 3"),
        ("'~/texts/a.txt' and \"/b/c.txt\"", "'a.txt' and \"c.txt\""),
        ("C:\\Users\\Anna\\x.txt is empty", "x.txt is empty"),
        ("17,550 words/s, and/or 3/4", "17,550 words/s, and/or 3/4"),
        ("see https://example.org/a/b", "see https://example.org/a/b"),
    ],
)
def test_a_sentence_keeps_everything_but_paths(text, expected):
    assert shareable_text(text) == expected


def test_known_paths_go_with_their_spaces():
    text = "passed over 3 rows of /my texts/a b.csv"
    assert shareable_text(text, paths=["/my texts/a b.csv"]) == "passed over 3 rows of a b.csv"


def test_facts_of_any_depth_are_cleaned():
    facts = {"notices": ["in /a/b.txt", 3, None], "deep": {"x": ("/c/d",)}, "rate": 0.5}
    expected = {"notices": ["in b.txt", 3, None], "deep": {"x": ["d"]}, "rate": 0.5}
    assert shareable(facts) == expected


@given(st.lists(st.text("abc .", min_size=1), min_size=1, max_size=4))
def test_no_absolute_path_is_left(parts):
    path = "/" + "/".join(part.strip(". ") or "x" for part in parts)
    assert f"{path}/" not in shareable_text(f"read {path}/x.txt", paths=[f"{path}/x.txt"])
