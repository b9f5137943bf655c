"""`lmkit evaluate` from the command line."""

import json

import pytest

from lmkit.cli.app import exit_code


@pytest.fixture
def measured(model_folder, capsys):
    def run(*arguments):
        capsys.readouterr()
        assert exit_code(["evaluate", str(model_folder), *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def text(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("the cat sat on the mat .\nthe dog ran .\n")
    return str(file)


def test_perplexity_of_a_text(measured, text):
    answer = measured("--text", text, "--alone")
    assert answer["words"] == 13
    assert 1 < answer["perplexity"] < 100
    assert (answer["adapt"], answer["mix"]) == ("none", "none")
    mixed = measured("--text", text, "--adapt", "cache", "--mix", "ngram")
    assert (mixed["adapt"], mixed["mix"]) == ("cache", "ngram")


def test_blanks_with_choices(measured, tmp_path):
    file = tmp_path / "cloze.csv"
    file.write_text("question,a,b,c,d,e,answer\nthe cat ___ on the mat,sat,mat,the,dog,a,a\n")
    answer = measured("--cloze", str(file))
    assert (answer["questions"], answer["correct"], answer["accuracy"]) == (1, 1, 1.0)
    assert measured("--cloze", str(file), "--metric", "slor")["correct"] == 1


def test_the_former_name_of_metric_is_still_read(measured, tmp_path):
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"sentence_good": "the cat sat", "sentence_bad": "cat the the"}\n')
    new, old = (measured("--pairs", str(file), name, "slor") for name in ("--metric", "--measure"))
    assert new == old


@pytest.mark.parametrize("name", ["--metric", "--measure"])
def test_a_metric_is_for_sentences(model_folder, text, capsys, name):
    assert exit_code(["evaluate", str(model_folder), "--text", text, name, "slor"]) == 2
    assert "--cloze or --pairs" in capsys.readouterr().err


def test_pairs_of_several_files(measured, tmp_path):
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for file in files:
        file.write_text(
            json.dumps({"sentence_good": "the cat sat", "sentence_bad": "sat the the"}) + "\n"
        )
    answer = measured("--pairs", *map(str, files))
    assert answer["pairs"] == 2
    assert answer["accuracy"] == 1.0
    assert len(answer["by_file"]) == 2


def test_typing(measured, text):
    answer = measured("--typing", text)
    assert answer["words"] > 0
    assert set(answer["ms_per_key"]) == {"p50", "p95"}


def test_a_card_for_people(model_folder, text, capsys):
    assert exit_code(["evaluate", str(model_folder), "--text", text]) == 0
    assert "bits per character" in capsys.readouterr().out


def test_missing_text_is_exit_code_four(model_folder, capsys):
    assert exit_code(["evaluate", str(model_folder), "--text", "/no/such"]) == 4
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_on_the_grammar_the_best_possible_is_said(model_folder, capsys):
    assert exit_code(["evaluate", str(model_folder), "--text", "grammar", "--json"]) == 0
    shown = capsys.readouterr()
    assert "the best possible perplexity on this text is 2.6" in shown.err
    assert json.loads(shown.out)["words"] == 200_009


def test_a_column_of_a_table_is_evaluated(measured, text, tmp_path, capsys, model_folder):
    lines = ["the cat sat on the mat .", "the dog ran ."]
    (tmp_path / "x").mkdir()
    for name in ("x/a.csv", "b.jsonl"):
        rows = [f"{line},1" for line in lines] if name.endswith("csv") else None
        content = "\n".join(["body,id", *rows]) if rows else ""
        content = content or "\n".join(json.dumps({"m": {"body": line}}) for line in lines)
        (tmp_path / name).write_text(content + "\n")
    plain = measured("--text", text)
    asked = {str(tmp_path / "x"): "body", str(tmp_path / "b.jsonl"): "m.body"}
    for file, column in asked.items():
        found = measured("--text", file, "--column", column)
        assert found["perplexity"] == plain["perplexity"]
        assert exit_code(["evaluate", str(model_folder), "--text", file, "--column", "no"]) == 4
        assert "--column" in capsys.readouterr().err
    typed = measured("--typing", str(tmp_path / "x"), "--column", "body")
    assert typed["words"] == measured("--typing", text)["words"]
