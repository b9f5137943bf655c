"""The harness's questions answered by a folder, against `lmkit score` and reading one by one."""

import math
from pathlib import Path

import pytest
import torch

pytest.importorskip("lm_eval", reason="the package lm_eval is not installed")

from lm_eval.api.instance import Instance
from lm_eval.api.registry import get_model

from lmkit.core.errors import ModelError, UsageError
from lmkit.inference.context import read_context
from lmkit.interop.lm_eval.model import LmkitLM
from lmkit.language_model import LanguageModel

LINES = ("the cat sat on the mat .", "mat the on sat cat", "the dog", "a zebra saw the house .")


@pytest.fixture(scope="module")
def model(model_folder: Path) -> LmkitLM:
    return LmkitLM(str(model_folder), batch_size=3)


def requests(kind: str, *arguments: tuple[object, ...]) -> list[Instance]:
    return [Instance(kind, {}, each, number) for number, each in enumerate(arguments)]


def log_likelihoods(model: LmkitLM, *pairs: tuple[str, str]) -> list[tuple[float, bool]]:
    return model.loglikelihood(requests("loglikelihood", *pairs), disable_tqdm=True)


def one_by_one(model: LmkitLM, context: str, continuation: str) -> tuple[float, bool]:
    """Return the sum and whether all are the best, an id at a time."""
    before = model.tok_encode(context)
    ids = model.tok_encode(context + continuation)[len(before) :]
    total, is_greedy = 0.0, True
    for number in ids:
        read = read_context(model._model, before, line_end_id=model.eot_token_id)
        total += float(read.log_probs[number])
        is_greedy = is_greedy and float(read.log_probs.max()) == float(read.log_probs[number])
        before = [*before, number]
    return total, is_greedy


def test_a_line_has_the_sum_of_its_scores(model: LmkitLM, model_folder: Path) -> None:
    scored = LanguageModel.load(model_folder)
    expected = [-score.bits * math.log(2) for score in scored.score_lines(LINES)]
    found = [total for total, _ in log_likelihoods(model, *(("", f" {line}") for line in LINES))]
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_continuation_is_summed_after_its_context(model: LmkitLM) -> None:
    pairs = [("the cat", " sat on"), ("the cat ", "sat on"), ("a", " dog saw the cat"), ("the", "")]
    found = log_likelihoods(model, *pairs)
    for answer, (context, continuation) in zip(found, pairs, strict=True):
        total, is_greedy = one_by_one(model, context.rstrip(), f" {continuation.strip()}")
        assert answer[0] == pytest.approx(total, abs=1e-5)
        assert answer[1] == is_greedy


def test_the_most_probable_words_are_greedy(model: LmkitLM) -> None:
    (best,) = model.generate_until(
        requests("generate_until", ("the cat", {"until": ["\n"], "max_gen_toks": 3}))
    )
    (_, is_greedy), (_, is_other) = log_likelihoods(
        model, ("the cat", best), ("the cat", " was there")
    )
    assert is_greedy
    assert not is_other


def test_two_parts_are_the_whole(model: LmkitLM) -> None:
    (first, _), (second, _), (whole, _) = log_likelihoods(
        model, ("", " the cat"), ("the cat", " sat on"), ("", " the cat sat on")
    )
    assert first + second == pytest.approx(whole, abs=1e-5)


def test_the_batch_size_changes_nothing(model: LmkitLM, model_folder: Path) -> None:
    alone = LmkitLM(str(model_folder), batch_size="1")
    pairs = [("", f" {line}") for line in LINES]
    found = [total for total, _ in log_likelihoods(model, *pairs)]
    assert found == pytest.approx([t for t, _ in log_likelihoods(alone, *pairs)], abs=1e-4)


def test_a_document_is_read_whole(model: LmkitLM, model_folder: Path) -> None:
    text = "\n".join(LINES[:2])
    (found, empty) = model.loglikelihood_rolling(requests("loglikelihood_rolling", (text,), ("",)))
    ids = model.tok_encode(text)
    expected = sum(
        float(
            read_context(model._model, ids[:place], line_end_id=model.eot_token_id).log_probs[one]
        )
        for place, one in enumerate(ids)
    )
    assert found == pytest.approx(expected, abs=1e-4)
    assert empty == 0


def test_a_task_may_draw_and_stop(model: LmkitLM) -> None:
    settings = {"until": "mat", "max_gen_toks": 12, "do_sample": True, "temperature": 0.8}
    first, second = (
        model.generate_until(requests("generate_until", ("the cat sat", settings)))
        for _ in range(2)
    )
    assert first == second
    assert "mat" not in first[0]


def test_the_network_alone_has_other_figures(model: LmkitLM, model_folder: Path) -> None:
    alone = LmkitLM(str(model_folder), alone=True)
    pair = ("", " the cat sat on the mat .")
    assert log_likelihoods(alone, pair)[0][0] != pytest.approx(
        log_likelihoods(model, pair)[0][0], abs=1e-3
    )


def test_eight_bits_a_weight_are_near(model_folder: Path) -> None:
    exact, small = (
        LmkitLM(str(model_folder), alone=True, precision=name) for name in ("float32", "int8")
    )
    pair = ("", " the cat sat on the mat .")
    found = [log_likelihoods(each, pair)[0][0] for each in (exact, small)]
    assert found[0] == pytest.approx(found[1], rel=0.1)


def test_answers_are_kept_for_the_cache_of_the_harness(model_folder: Path) -> None:
    model = LmkitLM(str(model_folder))
    kept: list[tuple[str, object]] = []

    class Hook:
        def add_partial(self, kind: str, arguments: object, answer: object) -> None:
            kept.append((kind, arguments))

    model.cache_hook = Hook()
    log_likelihoods(model, ("the", " cat"))
    model.loglikelihood_rolling(requests("loglikelihood_rolling", ("the cat",)))
    model.generate_until(requests("generate_until", ("the", {"max_gen_toks": 1})))
    assert kept == [
        ("loglikelihood", ("the", " cat")),
        ("loglikelihood_rolling", ("the cat",)),
        ("generate_until", ("the", {"max_gen_toks": 1})),
    ]


def test_the_harness_knows_the_model_by_its_name(model: LmkitLM) -> None:
    assert get_model("lmkit") is LmkitLM
    assert model.tokenizer_name.startswith("lmkit-")


def test_the_harness_keeps_its_own_models() -> None:
    assert get_model("local-completions").__name__ == "LocalCompletionsAPI"


@pytest.mark.parametrize("device", ["cuda:0", "cpu", None])
def test_the_device_that_nobody_chose_is_what_there_is(
    model_folder: Path, device: str | None
) -> None:
    if device == "cuda:0" and torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device, which is then chosen")
    assert LmkitLM(str(model_folder), device=device, batch_size="auto").eot_token_id >= 0


def test_arguments_that_cannot_be_used_are_named(model_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder=DIR"):
        LmkitLM()
    with pytest.raises(UsageError, match="pretrained, which lmkit does not know"):
        LmkitLM(str(model_folder), pretrained="gpt2")
    with pytest.raises(ModelError, match="no model folder"):
        LmkitLM(str(tmp_path / "none"))


def test_a_model_that_reads_backward_is_refused(tmp_path: Path) -> None:
    from lmkit.cli.app import exit_code

    (tmp_path / "a.txt").write_text("the cat sat on the mat .\n" * 40, encoding="utf-8")
    out = tmp_path / "backward"
    sizes = ["--set", "model.hidden=8", "--set", "model.embedding=8"]
    options = ["--out", str(out), "--epochs", "1", "--direction", "backward", "-q", *sizes]
    assert exit_code(["train", str(tmp_path / "a.txt"), *options]) == 0
    with pytest.raises(UsageError, match="reads backward"):
        LmkitLM(str(out))
