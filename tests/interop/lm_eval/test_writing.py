"""Continuations with a limit of tokens and stop strings, against generation written plainly."""

from pathlib import Path

import pytest

from lmkit.archive.build import build_model
from lmkit.archive.folder import load_archive
from lmkit.archive.options import ModelOptions
from lmkit.inference.vocabulary import Vocabulary
from lmkit.interop.lm_eval.writing import Continuation, write_continuations
from lmkit.language_model import GenerateConfig, LanguageModel
from lmkit.models.base import Model


@pytest.fixture(scope="module")
def trained(model_folder: Path) -> tuple[Model, Vocabulary]:
    archive = load_archive(model_folder)
    forward = build_model(archive, ModelOptions()).forward
    assert forward is not None
    return forward, Vocabulary(archive.tokenizer)


def written(trained: tuple[Model, Vocabulary], *asked: Continuation, rows: int = 8) -> list[str]:
    return write_continuations(*trained, asked, rows=rows)


def test_a_text_is_that_of_generation(
    trained: tuple[Model, Vocabulary], model_folder: Path
) -> None:
    found = written(trained, Continuation(prompt="the cat", max_tokens=12, temperature=1.0, seed=4))
    model = LanguageModel.load(model_folder)
    whole = "".join(model.generate("the cat", GenerateConfig(words=40, seed=4)))
    assert len(found[0].split()) > 5
    assert whole.startswith(found[0])


def test_no_more_tokens_are_written_than_allowed(trained: tuple[Model, Vocabulary]) -> None:
    _, vocabulary = trained
    for most in (0, 1, 5):
        (text,) = written(trained, Continuation(prompt="the dog", max_tokens=most))
        assert len(vocabulary.tokenizer.encode_inside(text)) == most


def test_a_text_ends_before_the_first_stop_string(trained: tuple[Model, Vocabulary]) -> None:
    (whole,) = written(trained, Continuation(prompt="the cat", max_tokens=20))
    stops = ("mat", " on", "absent")
    (cut,) = written(trained, Continuation(prompt="the cat", max_tokens=20, stop=stops))
    assert cut == whole[: min(whole.find(stop) for stop in stops if stop in whole)]


def test_the_number_side_by_side_changes_nothing(trained: tuple[Model, Vocabulary]) -> None:
    asked = [
        Continuation(prompt=prompt, max_tokens=6, temperature=1.0, seed=seed)
        for seed, prompt in enumerate(("the cat", "a dog", "", "the"))
    ]
    assert written(trained, *asked, rows=1) == written(trained, *asked, rows=3)


def test_nothing_asked_is_nothing_written(trained: tuple[Model, Vocabulary]) -> None:
    assert written(trained) == []
