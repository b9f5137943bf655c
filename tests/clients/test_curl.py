"""curl against the server, as docs/how-to/serve.md shows it."""

import json
import shutil
import subprocess

import pytest

from lmkit.language_model import LanguageModel

if shutil.which("curl") is None:
    pytest.skip("curl is not installed", allow_module_level=True)

JSON = ["-H", "Content-Type: application/json"]


def curl(*arguments: str) -> str:
    command = ["curl", "--silent", "--show-error", "--max-time", "60", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def asked(url: str, content: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(curl(*JSON, "--data", json.dumps(content), url))
    return answer


def test_the_next_words_are_those_of_the_command(server: str, model: LanguageModel) -> None:
    found = asked(f"{server}/v1/next", {"text": "the cat", "k": 3})
    expected = model.next("the cat", k=3).to_dict()
    assert found["text"] == "the cat"
    words, known = found["words"], expected["words"]
    assert isinstance(words, list)
    assert [one["word"] for one in words] == [one["word"] for one in known]
    assert [one["probability"] for one in words] == pytest.approx(
        [one["probability"] for one in known], abs=1e-5
    )


def test_a_score_is_that_of_the_command(server: str, model: LanguageModel) -> None:
    found = asked(f"{server}/v1/score", {"text": "the dog ran to the house ."})
    assert found["bits"] == pytest.approx(model.score("the dog ran to the house .").bits, abs=1e-4)


def test_a_filling_is_that_of_the_command(server: str, model: LanguageModel) -> None:
    text = "the ___ sat on the mat ."
    found = asked(f"{server}/v1/fill", {"text": text, "k": 2})
    fillings = found["fillings"]
    assert isinstance(fillings, list)
    expected = [filled.text for filled in model.fill(text, k=2).fillings]
    assert [one["text"] for one in fillings] == expected


def test_the_probability_of_words_that_one_names(server: str) -> None:
    found = asked(f"{server}/v1/next", {"text": "the", "of": ["cat", "dog", "zebra"]})
    words = found["words"]
    assert isinstance(words, list)
    assert {one["word"] for one in words} == {"cat", "dog", "zebra"}


def test_a_stream_comes_as_events(server: str) -> None:
    body = json.dumps({"prompt": "the", "max_tokens": 3, "stream": True})
    lines = curl("--no-buffer", *JSON, "--data", body, f"{server}/v1/completions").split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    assert all(json.loads(line.removeprefix("data: ")) for line in lines[:-2])


def test_the_metrics_are_text_for_prometheus(server: str) -> None:
    assert "# TYPE" in curl(f"{server}/metrics")


def test_health_needs_no_key_and_all_else_does(locked_server: str, key: str) -> None:
    assert json.loads(curl(f"{locked_server}/health"))["status"] == "ok"
    assert json.loads(curl(f"{locked_server}/v1/models"))["error"]["code"] == "invalid_api_key"
    bearer = f"Authorization: Bearer {key}"
    assert json.loads(curl("-H", bearer, f"{locked_server}/v1/models"))["data"]
