import csv
import io
import json
import sys

import pytest

from lmkit.cli.app import exit_code


@pytest.fixture
def printed(model_folder, capsys):
    def run(command, *arguments, code=0):
        capsys.readouterr()
        assert exit_code([command, str(model_folder), *arguments]) == code
        return capsys.readouterr().out

    return run


def test_the_same_seed_writes_the_same(printed):
    once, again, other = (
        printed("generate", "the cat", "--words", "20", "--seed", seed) for seed in "112"
    )
    assert once == again
    assert once != other
    assert once.startswith("the cat")


def test_streamed_text_is_the_text_of_the_json(printed):
    options = ("generate", "a dog", "--words", "10", "--seed", "5")
    answer = json.loads(printed(*options, "--json"))
    assert printed(*options) == answer["text"] + "\n"
    assert sorted(answer) == ["prompt", "seconds", "text", "words"]


def test_each_sample_is_one_json_object(printed):
    lines = printed("generate", "--samples", "3", "--words", "5", "--json").splitlines()
    assert len({json.loads(line)["text"] for line in lines}) > 1
    assert len(lines) == 3


def test_a_beam_finds_the_most_probable_ends_of_a_line(printed):
    shown = printed("generate", "the cat sat", "--beam", "4", "--samples", "2")
    assert shown.splitlines()[0] == "the cat sat on the mat ."
    lines = printed("generate", "the cat sat", "--beam", "4", "--samples", "2", "--json")
    answers = [json.loads(line) for line in lines.splitlines()]
    assert "\n\n".join(answer["text"] for answer in answers) + "\n" == shown
    assert sorted(answers[0]) == ["prompt", "seconds", "text", "words"]


def test_every_way_to_draw_is_taken(printed):
    options = [
        "--temperature",
        "0",
        "--top-k",
        "3",
        "--top-p",
        "0.9",
        "--min-p",
        "0.01",
        "--typical",
        "0.9",
    ]
    more = [
        "--repetition",
        "1.1",
        "--no-repeat",
        "4",
        "--avoid",
        "cat",
        "--stop",
        "house",
        "--end",
        "line",
    ]
    text = printed("generate", "the", "--words", "30", *options, *more)
    assert "cat" not in text
    assert "house" not in text


def test_a_prompt_may_come_from_stdin(printed, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the dog\n")))
    assert printed("generate", "-", "--words", "3").startswith("the dog")


def test_unknown_words_of_a_prompt_are_named_and_known_spellings_used(model_folder, capsys):
    options = ["generate", str(model_folder), "The zyzzyva", "--words", "3", "--json"]
    assert exit_code(options) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["text"].startswith("the zyzzyva")
    assert shown.err == "unknown to the model: zyzzyva; read as known words: The as the\n"
    assert exit_code([*options, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_a_prompt_that_begins_with_a_dash_says_how_to_pass_it(model_folder, capsys):
    assert exit_code(["generate", str(model_folder), "-- no, said the cat"]) == 2
    assert "-- TEXT" in capsys.readouterr().err
    assert exit_code(["generate", str(model_folder), "--words", "2", "--", "-the cat"]) == 0
    assert capsys.readouterr().out.startswith("-the cat")


def table(folder, name="chat.csv"):
    rows = ["id,body", "1,the cat sat on the mat .", "2,the dog , too , ran .", "3,the cat ran ."]
    (folder / name).write_text("\n".join(rows) + "\n")
    return str(folder / name)


def test_a_column_of_a_table_is_scored(printed, tmp_path, capsys):
    file = table(tmp_path)
    assert printed("score", file, code=4) == ""
    shown = printed("score", file, "--column", "body", "--format", "tsv")
    rows = list(csv.DictReader(io.StringIO(shown), delimiter="\t"))
    words = " ".join(row["word"] for row in rows if row["line"] == "2")
    assert words == "the dog , too , ran ."
    exit_code(["score", str(tmp_path), file])
    assert "choose one with --column: id, body" in capsys.readouterr().err


def test_what_was_read_otherwise_than_written_is_told(printed, model_folder, tmp_path, capsys):
    file = table(tmp_path)
    asked = ["score", str(model_folder), file, "--column", "body", "--format", "tsv"]
    assert exit_code(asked) == 0
    assert "1 of 3 rows have more cells than the header" in capsys.readouterr().err
    assert exit_code([*asked, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_a_chat_is_scored_by_its_path(printed, tmp_path):
    messages = [{"from": "Ada", "text": "the cat"}, {"from": "Bo", "text": "the dog"}]
    (tmp_path / "result.json").write_text(json.dumps({"messages": messages}))
    shown = printed("score", str(tmp_path / "result.json"), "--column", "messages.from", "--json")
    assert [json.loads(line)["text"] for line in shown.splitlines()] == ["Ada", "Bo"]
