"""`lm_eval --model local-completions` over the server, beside `lmkit evaluate` and `score`."""

import json
import math
import sys
from pathlib import Path

import pytest

pytest.importorskip("lm_eval", reason="the package lm_eval is not installed")
pytest.importorskip("tenacity", reason="lm_eval was installed without [api]")

from lm_eval.api.instance import Instance

from lmkit.interop.lm_eval.model import LmkitLM
from lmkit.language_model import LanguageModel

from .conftest import bench_module

PAIRS = (
    ("the cat sat on the mat .", "the mat sat on the cat ."),
    ("the dog ran to the house .", "the dog ran to house the ."),
    ("a cat saw the dog .", "a cat saw the the ."),
    ("because it was there .", "because was it there ."),
    ("a zebra saw the dog .", "a zebra saw dog the ."),
)
TASK = """\
task: served_pairs
dataset_path: json
dataset_kwargs:
  data_files:
    test: {pairs}
  cache_dir: {cache}
test_split: test
output_type: multiple_choice
doc_to_text: ""
doc_to_target: 0
doc_to_choice: "{{{{[sentence_good, sentence_bad]}}}}"
num_fewshot: 0
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
"""


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows = [json.dumps({"sentence_good": good, "sentence_bad": bad}) for good, bad in PAIRS]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    task = TASK.format(pairs=path, cache=tmp_path / "cache")
    (tmp_path / "served_pairs.yaml").write_text(task, encoding="utf-8")
    return path


@pytest.mark.slow
def test_the_command_agrees_with_evaluate_and_score(
    server: str, model: LanguageModel, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lm_eval.__main__ import cli_evaluate

    folder = pairs.parent
    served = f"base_url={server}/v1/completions,model=cats,tokenizer_backend=remote"
    asked = ["run", "--model", "local-completions", "--model_args", served]
    asked += ["--tasks", "served_pairs", "--include_path", str(folder), "--batch_size", "4"]
    asked += ["--log_samples", "--output_path", str(folder / "out")]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")  # the command sets it
    monkeypatch.setattr(sys, "argv", ["lm_eval", *asked])
    cli_evaluate()
    (samples,) = (folder / "out").rglob("samples_*.jsonl")
    rows = [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()]
    found = [float(answer[0]) for row in rows for answer in row["filtered_resps"]]
    scores = model.score_lines([sentence for pair in PAIRS for sentence in pair])
    assert found == pytest.approx([-score.bits * math.log(2) for score in scores], abs=1e-3)
    is_right = [good > bad for good, bad in zip(found[::2], found[1::2], strict=True)]
    assert sum(is_right) / len(PAIRS) == model.evaluate_pairs([pairs]).accuracy
    assert [row["acc"] for row in rows] == list(map(float, is_right))


def test_the_harness_over_http_says_what_it_says_of_the_folder(
    server: str, model_folder: Path
) -> None:
    from lm_eval.models.openai_completions import LocalCompletionsAPI

    served = LocalCompletionsAPI(
        base_url=f"{server}/v1/completions", model="cats", batch_size=3, num_concurrent=1
    )
    read = LmkitLM(str(model_folder))
    asked = [("the cat", " sat on"), ("", " the dog ran"), ("a cat saw the", " dog"), ("the", " x")]
    requests = [Instance("loglikelihood", {}, pair, place) for place, pair in enumerate(asked)]
    over_http, direct = (each.loglikelihood(requests, disable_tqdm=True) for each in (served, read))
    assert [total for total, _ in over_http] == pytest.approx([t for t, _ in direct], abs=1e-4)
    assert [best for _, best in over_http] == [best for _, best in direct]
    written = [("the cat", {"until": ["\n"], "max_gen_toks": 5, "temperature": 0})]
    requests = [Instance("generate_until", {}, each, 0) for each in written]
    assert served.generate_until(requests, disable_tqdm=True) == read.generate_until(requests)
    rolling = [Instance("loglikelihood_rolling", {}, ("the cat sat\na dog",), 0)]
    assert served.loglikelihood_rolling(rolling, disable_tqdm=True) == pytest.approx(
        read.loglikelihood_rolling(rolling), abs=1e-4
    )


def test_the_bench_of_the_harness_finds_agreement(
    server: str, model_folder: Path, pairs: Path
) -> None:
    harness = bench_module("harness")
    found = harness.compare(server, model_folder, pairs)
    assert found.pairs == len(PAIRS)
    assert max(found.served, found.read) < 1e-4
    assert found.accuracy == found.evaluated
    assert harness.accuracy([-1.0, -2.0, -3.0, -3.0, -2.0, -1.0]) == 0.5


def test_the_key_goes_with_every_request(
    locked_server: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lm_eval.models.openai_completions import LocalCompletionsAPI

    monkeypatch.setenv("OPENAI_API_KEY", key)
    url = f"{locked_server}/v1/completions"
    served = LocalCompletionsAPI(base_url=url, model="cats", auth_token=key)
    requests = [Instance("loglikelihood", {}, ("the cat", " sat on"), 0)]
    [(total, _)] = served.loglikelihood(requests, disable_tqdm=True)
    assert total < 0
