import io
import json
import subprocess
import sys

import pytest

from lmkit import LanguageModel
from lmkit.cli.app import exit_code


@pytest.fixture
def ask(model_folder, capsys, monkeypatch):
    """Run a command on the tiny model and return what it printed."""

    def run(command, *arguments, stdin=None, code=0):
        typed = io.TextIOWrapper(io.BytesIO((stdin or "").encode()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", typed)
        capsys.readouterr()
        assert exit_code([command, str(model_folder), *arguments]) == code
        return capsys.readouterr()

    return run


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def test_next_lists_whole_words(ask, model_folder):
    (answer,) = objects(ask("next", "the cat", "-k", "3", "--json").out)
    assert answer == LanguageModel.load(model_folder).next("the cat", k=3).to_dict() | {
        "words": answer["words"]
    }
    assert [sorted(word) for word in answer["words"]] == [["probability", "word"]] * 3
    assert answer["text"] == "the cat"


def test_next_is_a_table_for_people(ask):
    lines = ask("next", "the", "-k", "3").out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("given", [(), ("-",)])
def test_each_line_of_stdin_has_its_answer(ask, given):
    out = ask("next", *given, "-k", "2", stdin="the\n\na cat").out
    assert len(out.splitlines()) == 3
    assert all(len(line.split("\t")) == 2 for line in out.splitlines())


def test_each_line_of_stdin_is_one_json_object(ask):
    answers = objects(ask("fill", "--json", stdin="the ___ sat\nthe ___ ran\n").out)
    assert [answer["text"] for answer in answers] == ["the ___ sat", "the ___ ran"]


def test_complete_finishes_the_word(ask):
    (answer,) = objects(ask("complete", "the cat sa", "--json").out)
    assert {word["word"] for word in answer["words"]} == {"sat", "saw"}


def test_fill_chooses_among_choices(ask):
    (answer,) = objects(ask("fill", "the ___ sat", "--choices", "cat, dog", "--json").out)
    assert {filled["words"][0] for filled in answer["fillings"]} == {"cat", "dog"}
    assert answer["exact"] is True
    assert sum(filled["probability"] for filled in answer["fillings"]) == pytest.approx(1)


def test_fill_says_why(ask):
    (answer,) = objects(ask("fill", "the ___ sat", "--why", "--json", "-k", "2").out)
    assert len(answer["why"]) == len(answer["fillings"]) == 2
    assert "surprisal in bits" in ask("fill", "the ___ sat", "--why").out


def test_fill_avoids_words(ask, tmp_path):
    avoid = tmp_path / "avoid.txt"
    avoid.write_text("cat dog\n")
    (answer,) = objects(ask("fill", "the ___ sat", "--avoid", str(avoid), "--json").out)
    assert not {"cat", "dog"} & {filled["words"][0] for filled in answer["fillings"]}


def test_a_blank_of_several_words(ask):
    (answer,) = objects(ask("fill", "the ___ on", "--words", "2", "--json", "-k", "1").out)
    assert len(answer["fillings"][0]["words"][0].split()) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("fill", "no blank here"), 2),
        (("fill", "the ___", "--choices", "cat,xyzzy"), 2),
        (("fill", "the ___", "--words", "many"), 2),
        (("fill", "the ___", "--avoid", "/no/such/file"), 4),
        (("next", "the", "--direction", "both"), 2),
        (("fill", "the ___", "--direction", "both"), 2),
    ],
)
def test_what_cannot_be_is_one_sentence(ask, arguments, code):
    shown = ask(*arguments, code=code)
    assert shown.out == ""
    assert shown.err.startswith("lmkit: ")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("command", ["next", "complete", "fill", "info", "repl", "trace"])
def test_a_missing_model_is_exit_code_three(command, tmp_path, capsys):
    text = ["the ___"] if command not in ("info", "repl") else []
    assert exit_code([command, str(tmp_path / "none"), *text]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_model_is_refused(model_folder, tmp_path, capsys):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in model_folder.iterdir():
        if file.is_file():
            (damaged / file.name).write_bytes(file.read_bytes())
    (damaged / "model.safetensors").write_bytes(b"x")
    assert exit_code(["next", str(damaged), "the"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("adapt", ["none", "cache", "dynamic", "both"])
@pytest.mark.parametrize("mix", [(), ("--mix", "ngram")])
def test_every_way_of_reading_answers(ask, adapt, mix):
    (answer,) = objects(ask("next", "the cat", "--adapt", adapt, *mix, "--json").out)
    assert len(answer["words"]) == 5


@pytest.mark.slow
def test_the_real_command_fills_a_piped_line(model_folder):
    done = subprocess.run(
        [sys.executable, "-m", "lmkit", "fill", str(model_folder)],
        input="the ___ sat on the mat .\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" sat on the mat .\n")


def test_fill_answers_the_other_lines_where_one_has_no_blank(ask):
    given = "the ___ sat\n\nno blank here\na ___ saw\n"
    answered = ask("fill", stdin=given, code=2)
    assert len(answered.out.splitlines()) == 2
    assert "line 2" in answered.err
    assert "line 3" in answered.err
    assert "no blank in 'no blank here'" in answered.err
    assert "line 1" not in answered.err


def test_fill_answers_the_other_lines_in_json_too(ask):
    answered = ask("fill", "--json", stdin="\nthe ___ sat\n", code=2)
    assert [answer["text"] for answer in objects(answered.out)] == ["the ___ sat"]
    assert "line 1" in answered.err


def test_fill_of_one_text_without_a_blank_is_refused(ask):
    answered = ask("fill", "the cat", code=2)
    assert answered.out == ""
    assert "no blank" in answered.err


def test_fill_of_lines_that_all_have_blanks_is_done(ask):
    assert ask("fill", stdin="the ___\na ___\n").err == ""


@pytest.mark.parametrize(
    ("command", "text"),
    [("next", "the zyzzyva sat"), ("complete", "zyzzyva sat on the m"), ("fill", "zyzzyva ___")],
)
def test_unknown_words_are_named_in_one_line(ask, command, text):
    answered = ask(command, text)
    assert answered.err.splitlines() == ["unknown to the model: zyzzyva"]
    assert answered.out


def test_a_known_variant_is_read_and_said(ask):
    answered = ask("next", "The CAT", "--json")
    assert "read as known words" in answered.err
    (found,), (plain,) = objects(answered.out), objects(ask("next", "the cat", "--json").out)
    assert found["text"] == "The CAT"
    assert found["words"] == plain["words"]


def test_a_filling_keeps_the_text_as_it_was_written(ask):
    (answer,) = objects(ask("fill", "The CAT ___ on the mat", "--json").out)
    (plain,) = objects(ask("fill", "the cat ___ on the mat", "--json").out)
    assert (
        answer["fillings"][0]["text"] == f"The CAT {answer['fillings'][0]['words'][0]} on the mat"
    )
    found, expected = ([filled["words"] for filled in one["fillings"]] for one in (answer, plain))
    assert found == expected


def test_the_begun_word_of_complete_is_not_called_unknown(ask):
    assert ask("complete", "the cat sa").err == ""
