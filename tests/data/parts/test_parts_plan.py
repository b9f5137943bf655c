import io
import os
import sys
from types import SimpleNamespace

import pytest

from lmkit.core.errors import DataError, UsageError
from lmkit.data.parts.parts_plan import (
    LARGEST_PART,
    REMOTE_PARTS,
    SMALLEST_PART,
    USUAL_PARTS,
    PreparationRequest,
    Share,
    make_plan,
    parts_of,
)
from lmkit.data.sources import SourceConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "my.txt"
    path.write_text("the cat sat on the mat\n" * 12_000, encoding="utf-8")
    return path


def planned(out, *sources, **options):
    return make_plan(PreparationRequest(sources=tuple(map(str, sources)), out=out, **options))


def lines_of(plan):
    return [line for part in plan.parts for line in part.source.lines()]


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (None, REMOTE_PARTS),
        (0, 1),
        (1, 1),
        (SMALLEST_PART, 1),
        (SMALLEST_PART + 1, 2),
        (10 * SMALLEST_PART, 10),
        (100 * SMALLEST_PART, USUAL_PARTS),
        (USUAL_PARTS * LARGEST_PART + 1, USUAL_PARTS + 1),
        (125 * LARGEST_PART, 125),
    ],
)
def test_parts_are_as_many_as_a_text_is_worth(size, parts):
    assert parts_of(size) == parts


def test_the_parts_are_the_lines_in_order_whoever_works_on_them(text, tmp_path, monkeypatch):
    monkeypatch.setattr("lmkit.data.parts.parts_plan.SMALLEST_PART", 70_000)
    plan = planned(tmp_path / "ids", text, text)
    assert len(plan.parts) == 8
    assert [part.number for part in plan.parts] == list(range(8))
    assert lines_of(plan) == ["the cat sat on the mat"] * 24_000
    with_workers = planned(tmp_path / "ids", text, text, workers=7, shard=(2, 3))
    assert with_workers.request == plan.request


def test_the_request_is_the_same_where_the_same_files_lie_elsewhere(text, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "my.txt").write_bytes(text.read_bytes())
    assert planned(tmp_path, text).request == planned(folder, folder / "my.txt").request


def test_whatever_makes_other_ids_makes_another_request(text, tmp_path):
    other = tmp_path / "other" / "my.txt"
    other.parent.mkdir()
    other.write_bytes(text.read_bytes().replace(b"cat", b"dog"))
    tokenizer = Tokenizer.train(["a"], TokenizerConfig(min_frequency=1))
    plans = [
        planned(tmp_path, text),
        planned(tmp_path, other),
        planned(tmp_path, text, text),
        planned(tmp_path, text, valid=str(text)),
        planned(tmp_path, text, config=TokenizerConfig(unit="char")),
        planned(tmp_path, text, tokenizer=tokenizer),
        planned(tmp_path, text, reading=SourceConfig(column="body")),
    ]
    assert len({repr(plan.request) for plan in plans}) == len(plans)


def test_a_validation_text_comes_last_and_is_marked(text, tmp_path):
    valid = tmp_path / "v.txt"
    valid.write_text("not to be learned\n")
    plan = planned(tmp_path / "ids", text, valid=str(valid))
    assert [part.is_valid for part in plan.parts] == [False] * (len(plan.parts) - 1) + [True]
    assert list(plan.parts[-1].source.lines()) == ["not to be learned"]


def test_a_folder_is_known_by_the_names_and_sizes_in_it(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("a b\n")
    first = planned(tmp_path / "ids", folder).request
    (folder / ".hidden").write_text("not looked at")
    assert planned(tmp_path / "ids", folder).request == first
    (folder / "b.txt").write_text("c d\n")
    assert planned(tmp_path / "ids", folder).request != first


def test_a_pipe_of_text_is_copied_and_read_in_parts(monkeypatch, tmp_path):
    monkeypatch.setattr("lmkit.data.parts.parts_plan.SMALLEST_PART", 100_000)
    content = b"the cat sat\n" * 30_000
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    plan = planned(tmp_path / "ids", "-")
    assert len(plan.parts) == 4
    assert lines_of(plan) == ["the cat sat"] * 30_000


def test_a_pipe_of_a_table_is_refused(tmp_path):
    os.mkfifo(tmp_path / "rows.jsonl")
    with pytest.raises(UsageError, match="is a pipe and can be read once; copy it to a file"):
        planned(tmp_path / "ids", tmp_path / "rows.jsonl")


@pytest.mark.parametrize(
    ("sources", "options", "message"),
    [
        (["-", "-"], {}, "can be read once"),
        (["-"], {"valid": "-"}, "can be read once"),
        (["-"], {"shard": (1, 2)}, "shards of standard input"),
    ],
)
def test_standard_input_is_read_once_and_here(tmp_path, sources, options, message):
    with pytest.raises(UsageError, match=message):
        planned(tmp_path / "ids", *sources, **options)


def test_what_is_not_there_is_no_plan(tmp_path):
    with pytest.raises(DataError, match="no file or folder"):
        planned(tmp_path / "ids", tmp_path / "none")


def test_shares_are_all_parts_and_do_not_overlap():
    for of in (1, 2, 3, 7):
        found = [n for number in range(1, of + 1) for n in range(20) if Share(number, of).has(n)]
        assert sorted(found) == list(range(20))


def test_ids_are_not_prepared_again(text, tmp_path):
    from lmkit.data.parts.prepare import prepare_parts

    list(prepare_parts(PreparationRequest(sources=(str(text),), out=tmp_path / "ids")))
    with pytest.raises(UsageError, match="contains ids, not text"):
        planned(tmp_path / "again", tmp_path / "ids")
