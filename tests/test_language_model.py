"""The public calls, on a model trained for a moment and kept in a folder."""

import doctest
import json
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit import language_model
from lmkit.archive.folder import Archive, load_archive, save_archive
from lmkit.archive.options import ModelOptions
from lmkit.core.errors import ModelError, UsageError
from lmkit.data.batches import Batch
from lmkit.inference.generate import GenerateConfig
from lmkit.language_model import LanguageModel
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat", "the dog lay on the rug"]


def _trained(tokenizer):
    """A model that knows the lines by heart."""
    config = RecurrentLMConfig(vocab_size=tokenizer.vocab_size, hidden=24, embedding=24, layers=1)
    model = RecurrentLM(config, torch.Generator().manual_seed(0))
    end = tokenizer.line_end_id
    rows = [[end, *tokenizer.encode(line), end] for line in LINES]
    ids = torch.tensor(rows)
    batch = Batch(inputs=ids[:, :-1], targets=ids[:, 1:])
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.03)
    for _ in range(60):
        loss, _ = model.loss(batch, model.start(len(rows)))
        optimizer.zero_grad()
        loss.objective.backward()
        optimizer.step()
    return model.eval()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "lines"
    tokenizer = Tokenizer.train(LINES, TokenizerConfig())
    save_archive(path, Archive(model=_trained(tokenizer), tokenizer=tokenizer))
    return path


@pytest.fixture(scope="module")
def model(folder):
    return LanguageModel.load(folder)


def test_the_example_in_the_documentation_runs(folder):
    examples = doctest.DocTestFinder(recurse=False).find(
        LanguageModel, globs=dict(vars(language_model), folder=folder)
    )
    assert sum(len(example.examples) for example in examples) > 4
    runner = doctest.DocTestRunner()
    for example in examples:
        assert runner.run(example).failed == 0


def test_an_empty_text_begins_a_line(model):
    assert model.next("", k=1).words[0].word == "the"
    assert model.complete("", k=1).words[0].word == "the"
    assert next(iter(model.generate("", GenerateConfig(words=1)))).startswith("the")


def test_completing_between_words_gives_the_next_ones(model):
    assert model.complete("the cat ").words == model.next("the cat ").words


def test_fill_and_score_agree(model):
    filling = model.fill("the ___ sat on the ___", k=4)
    bits = [model.score(filled.text).bits for filled in filling.fillings]
    best = filling.fillings[0]
    for filled, bit in zip(filling.fillings, bits, strict=True):
        assert filled.probability / best.probability == pytest.approx(
            2 ** (bits[0] - bit), rel=1e-2
        )
    assert best.words == ("cat", "mat")


def test_choices_are_in_proportion_to_their_scores(model):
    choices = ["cat", "dog", "rug"]
    filling = model.fill("the ___ sat on the mat", choices=choices)
    weights = {word: 2 ** -model.score(f"the {word} sat on the mat").bits for word in choices}
    for filled in filling.fillings:
        share = weights[filled.words[0]] / sum(weights.values())
        assert filled.probability == pytest.approx(share, rel=1e-3, abs=1e-9)


def test_why_speaks_of_the_words_on_the_right(model):
    filling = model.fill("the ___ sat on the mat", k=1)
    assert [word.word for word in model.why(filling)[0].right] == ["sat", "on", "the", "mat"]


def test_the_parts_generated_are_the_text(model):
    config = GenerateConfig(words=12, seed=3)
    assert "the" + "".join(model.generate("the", config)) == model.generate_text("the", config).text
    assert len(model.generate_samples("the", GenerateConfig(words=2, samples=3))) == 3


def test_endings_found_by_beam_end_the_line(model):
    assert model.best_endings("the cat sat").words[0].word == "on the mat"


def test_scores_of_many_lines_and_of_a_document(model):
    lines = list(model.score_lines(LINES))
    document = list(model.score_lines(LINES, context="document"))
    assert lines[0].bits == pytest.approx(document[0].bits, abs=1e-3)
    assert lines[1].bits != document[1].bits
    with pytest.raises(UsageError, match="paragraph"):
        model.score_lines(LINES, context="paragraph")


def test_perplexity_is_that_of_the_scores_and_the_line_ends(model):
    found = model.evaluate_text(LINES[:1])
    score = model.score(LINES[0])
    assert found.words == 7
    assert math.log2(found.perplexity) * 7 >= score.bits - 1e-3


ADAPTERS = {"cache": ("cache",), "dynamic": ("dynamic",), "both": ("cache", "dynamic")}


@pytest.mark.parametrize("adapt", ADAPTERS)
def test_adapting_starts_anew_with_each_call(folder, adapt):
    adapted = LanguageModel.load(folder, ModelOptions(adapters=ADAPTERS[adapt]))
    assert set(adapted.adapters) == set(ADAPTERS[adapt])
    first = adapted.evaluate_text(LINES)
    again = adapted.evaluate_text(LINES)
    assert first.perplexity == again.perplexity
    assert first.adapt == adapt
    assert first.mix == "none"
    assert first.alone == pytest.approx(LanguageModel.load(folder).evaluate_text(LINES).perplexity)


def test_what_was_fitted_is_used_unless_the_network_alone_is_asked(folder, tmp_path):
    archive = load_archive(folder)
    stack = (StackEntry("cache", CacheConfig(weight=0.5)), StackEntry("dynamic", DynamicConfig()))
    save_archive(tmp_path / "m", replace(archive, stack=stack))
    model = LanguageModel.load(tmp_path / "m")
    assert model.adapters == ("cache",)
    found = model.evaluate_text(LINES * 3)
    alone = LanguageModel.load(tmp_path / "m", ModelOptions(adapters=()))
    by_itself = alone.evaluate_text(LINES * 3)
    assert (found.adapt, by_itself.adapt) == ("cache", "none")
    assert found.alone == by_itself.alone == by_itself.perplexity
    assert found.perplexity != found.alone
    assert alone.adapters == ()
    assert model.trace("the cat") == alone.trace("the cat")


def test_a_personal_file_does_not_count_for_the_network_alone(folder, tmp_path):
    model = LanguageModel.load(folder, ModelOptions(personal=tmp_path / "typed.txt"))
    model.learn("the rug sat on the cat")
    found = model.evaluate_text(LINES)
    assert found.alone == pytest.approx(LanguageModel.load(folder).evaluate_text(LINES).perplexity)
    assert found.perplexity != found.alone


def test_a_device_is_asked_for_by_either_way(folder):
    on_cpu = LanguageModel.load(folder, device="cpu")
    by_options = LanguageModel.load(folder, ModelOptions(device="cpu"))
    assert on_cpu.next("the").words == by_options.next("the").words
    with pytest.raises(UsageError, match="device"):
        LanguageModel.load(folder, device="toaster")


def test_every_answer_turns_into_json(model):
    answers = [
        model.next("the"),
        model.complete("the c"),
        model.fill("the ___", k=2),
        model.generate_text("the", GenerateConfig(words=2)),
        model.score("the cat"),
        model.evaluate_text(LINES),
        model.evaluate_typing(LINES),
        model.why(model.fill("the ___ sat"))[0],
        model.trace("the cat"),
    ]
    for answer in answers:
        assert json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert json.loads(json.dumps(model.info))["unit"] == "word"


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered(model, text):
    model.next(text, k=2)
    model.complete(text, k=2)
    model.score(text)
    model.fill(f"{text} ___ {text}", k=1)
    model.generate_text(text, GenerateConfig(words=2))


@pytest.mark.slow
def test_a_megabyte_is_answered(model):
    text = "the cat \x00 zyx " * 75_000
    assert model.next(text, k=1).words
    assert model.complete(text + "ca", k=1).words[0].word == "cat"


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.next("the", k=0),
        lambda model: model.fill("no blank here"),
        lambda model: model.fill("the ___", choices=["zyzzyva"]),
        lambda model: model.fill("the ___", choices=[]),
        lambda model: model.trace(""),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(model, ask):
    with pytest.raises(UsageError):
        ask(model)


def test_a_missing_folder_is_a_model_error(tmp_path):
    with pytest.raises(ModelError):
        LanguageModel.load(tmp_path / "none")
