import json

import pytest

from lmkit.core.errors import DataError
from lmkit.evaluation.pairs import evaluate_pairs, read_pairs
from lmkit.evaluation.sentence_scorer import SentenceScorer
from lmkit.models.directions import Directions


def write(path, pairs):
    lines = [json.dumps({"sentence_good": good, "sentence_bad": bad}) for good, bad in pairs]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_likelier_sentence_wins_and_a_tie_counts_half(bench, tmp_path):
    first = write(
        tmp_path / "first.jsonl",
        [("the cat sat on", "sat the on cat"), ("sat the on cat", "the cat sat on")],
    )
    second = write(tmp_path / "second.jsonl", [("the cat", "the cat"), ("a dog", "dog a")])
    found = evaluate_pairs(
        SentenceScorer(Directions(forward=bench.model), bench.vocabulary), [first, second]
    )
    assert found.pairs == 4
    assert found.by_file == {"first": 0.5, "second": 0.75}
    assert found.accuracy == 0.625


def test_files_of_one_name_are_told_apart(bench, tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
    paths = [write(tmp_path / folder / "p.jsonl", [("a dog", "dog a")]) for folder in ("x", "y")]
    found = evaluate_pairs(SentenceScorer(Directions(forward=bench.model), bench.vocabulary), paths)
    assert len(found.by_file) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"sentence_good": "a"}', '{"sentence_good": 1}'])
def test_a_malformed_file_is_refused(tmp_path, text):
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        read_pairs(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        read_pairs(tmp_path / "none.jsonl")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1252"])
def test_pairs_are_read_in_every_encoding(tmp_path, codec):
    path = tmp_path / "pairs.jsonl"
    line = '{"sentence_good": "un café noir", "sentence_bad": "noir un \\ud83d café"}\r\n'
    path.write_bytes((line * 2).encode(codec))
    assert read_pairs(path) == [("un café noir", "noir un \ufffd café")] * 2
