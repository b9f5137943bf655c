"""What a person typed changes answers, and what was erased changes nothing."""

import pytest
import torch

from lmkit.archive.folder import Archive, save_archive
from lmkit.archive.options import ADAPT, ModelOptions
from lmkit.language_model import LanguageModel
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat .", "the dog lay on the rug ."]
PHRASE = "the rug sat on the dog ."


def options(adapt, **more):
    return ModelOptions(adapters=ADAPT[adapt], **more)


def save_model(folder, tokenizer):
    config = RecurrentLMConfig(vocab_size=tokenizer.vocab_size, hidden=8, embedding=8, layers=1)
    model = RecurrentLM(config, torch.Generator().manual_seed(0)).eval()
    save_archive(folder, Archive(model=model, tokenizer=tokenizer))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    tokenizer = Tokenizer.train(LINES, TokenizerConfig())
    return save_model(tmp_path_factory.mktemp("models") / "lines", tokenizer)


@pytest.fixture
def model(folder, tmp_path):
    return LanguageModel.load(folder, ModelOptions(personal=tmp_path / "typed.txt"))


def probability(answer, word):
    return next((guess.probability for guess in answer.words if guess.word == word), 0.0)


def answers(model):
    return [
        model.next("the rug", k=50),
        model.complete("the rug s", k=50),
        model.fill("the ___ sat on the ___ .", k=9),
        model.score(PHRASE),
    ]


@pytest.mark.parametrize("adapt", ["none", "cache"])
def test_a_phrase_learnt_is_expected_and_erased_as_if_never_typed(folder, tmp_path, adapt):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    file = tmp_path / "typed.txt"
    model = LanguageModel.load(folder, options(adapt, personal=file))
    before = answers(LanguageModel.load(folder, options(adapt)))
    assert answers(model) == before
    chances = [probability(model.next("the rug"), "sat")]
    for _ in range(3):
        for _ in range(8):
            assert model.learn(PHRASE) == 1
        chances.append(probability(model.next("the rug"), "sat"))
    assert chances == sorted(set(chances))
    assert answers(LanguageModel.load(folder, options(adapt, personal=file))) == answers(model)
    file.unlink()
    assert answers(model) == before
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_words_the_model_lacks_are_offered_once_typed_twice(model):
    assert not probability(model.next("the cat saw", k=50), "Zsófia")
    model.learn("the cat saw Zsófia .")
    assert not probability(model.next("the cat saw", k=50), "Zsófia")
    for _ in range(30):
        model.learn("the dog lay on “Zsófia”.")
    chance = probability(model.next("the dog lay on", k=50), "Zsófia")
    assert chance > probability(model.next("the dog lay", k=50), "Zsófia")
    completed = model.complete("the dog lay on zs", k=3).words
    assert [(guess.word, guess.probability) for guess in completed] == [("Zsófia", 1.0)]
    total = sum(guess.probability for guess in model.next("the dog lay on", k=50).words)
    assert total <= 1 + 1e-6


@pytest.mark.parametrize("unit", ["bpe", "char"])
def test_other_units_learn_too(unit, tmp_path):
    tokenizer = Tokenizer.train(LINES, TokenizerConfig(unit=unit))
    model = LanguageModel.load(
        save_model(tmp_path / "m", tokenizer), ModelOptions(personal=tmp_path / "typed")
    )
    before = model.score(PHRASE).bits
    for _ in range(20):
        model.learn(PHRASE)
    assert model.score(PHRASE).bits < before
    assert model.complete("the r").words


@pytest.mark.parametrize("adapt", ["none", "cache", "dynamic", "both"])
def test_earlier_lines_are_read_as_in_a_document(folder, adapt):
    model = LanguageModel.load(folder, options(adapt))
    document = list(model.score_lines([*LINES, PHRASE], context="document"))
    later = model.after(LINES[:1]).after(LINES[1:])
    assert later.score(PHRASE).bits == pytest.approx(document[-1].bits, abs=1e-3)
    assert model.after([]).score(PHRASE) == model.score(PHRASE)


def test_what_was_read_before_stands_under_the_personal_layer(folder, tmp_path):
    model = LanguageModel.load(folder, options("cache", personal=tmp_path / "typed.txt"))
    later = model.after(LINES)
    before = answers(later)
    model.learn(PHRASE)
    assert answers(later) != before
    (tmp_path / "typed.txt").unlink()
    assert answers(later) == before
