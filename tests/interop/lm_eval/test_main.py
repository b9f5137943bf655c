"""`python -m lmkit.interop.lm_eval run` for real, on a task of one's own without a network."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lm_eval", reason="the package lm_eval is not installed")

from lmkit.core.errors import MissingExtraError
from lmkit.interop.lm_eval import __main__ as command
from lmkit.language_model import LanguageModel

PAIRS = (
    ("the cat sat on the mat .", "the mat sat on the cat ."),
    ("the dog ran to the house .", "the dog ran to house the ."),
    ("a cat saw the dog .", "a cat saw the the ."),
)
TASK = """\
task: my_pairs
dataset_path: json
dataset_kwargs:
  data_files:
    test: {pairs}
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


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "lmkit.interop.lm_eval", *arguments]
    return subprocess.run(
        line, capture_output=True, text=True, env=environment, timeout=240, check=False
    )


@pytest.mark.slow
def test_a_task_of_ones_own_has_the_log_likelihoods_of_score(
    installed: dict[str, str], model_folder: Path, tmp_path: Path
) -> None:
    pairs = tmp_path / "pairs.jsonl"
    rows = [json.dumps({"sentence_good": good, "sentence_bad": bad}) for good, bad in PAIRS]
    pairs.write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "my_pairs.yaml").write_text(TASK.format(pairs=pairs), encoding="utf-8")
    asked = ["run", "--model", "lmkit", "--model_args", f"folder={model_folder}"]
    asked += ["--tasks", "my_pairs", "--include_path", str(tmp_path), "--batch_size", "8"]
    done = run(installed, *asked, "--log_samples", "--output_path", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "my_pairs" in done.stdout
    (samples,) = (tmp_path / "out").rglob("samples_*.jsonl")
    told = [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()]
    found = [float(answer[0]) for row in told for answer in row["filtered_resps"]]
    scores = LanguageModel.load(model_folder).score_lines([s for pair in PAIRS for s in pair])
    assert found == pytest.approx([-score.bits * math.log(2) for score in scores], abs=1e-3)


def test_a_missing_folder_is_one_sentence_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        from lmkit.interop.lm_eval.model import LmkitLM

        LmkitLM("/nowhere")

    monkeypatch.setattr(command, "_load_harness", lambda: fails)
    assert command.main() == 3
    assert capsys.readouterr().err.startswith("lmkit: no model folder at /nowhere")


def test_the_harness_is_loaded_with_the_model_registered() -> None:
    from lm_eval.api.registry import model_registry

    assert command._load_harness().__name__ == "cli_evaluate"
    assert "lmkit" in model_registry


def test_a_missing_harness_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval.__main__", None)
    with pytest.raises(MissingExtraError, match="pip install lm_eval"):
        command._load_harness()


def test_another_missing_module_is_not_taken_for_the_harness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "MODEL", "lmkit_without_a_module")
    with pytest.raises(ModuleNotFoundError):
        command._load_harness()
