"""The bench of GPUs: every part in small, a part that fails, and one that takes too long."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch

CPU = torch.device("cpu")
BROKEN = """
import sys, time
name = sys.argv[sys.argv.index("--part") + 1]
out = sys.argv[sys.argv.index("--out") + 1]
open(out, "w").write('{"first": 1.0}')
if name == "waiting":
    time.sleep(600)
sys.exit(3 if name == "equality" else 0)
"""


@pytest.fixture
def gpu(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("gpu")


@pytest.fixture
def parts(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("gpu_parts")


def test_every_part_has_figures_on_the_cpu(parts: ModuleType) -> None:
    sizes = replace(parts.QUICK, models=((2, 8),), steps=1, turns=1, vocab_size=30, lines=200)
    product = dict(parts.product(CPU, replace(sizes, product=16)))
    assert set(product["tflops"]) == {"float32", "bfloat16"}
    (rates,) = dict(parts.rates(CPU, sizes)).values()
    assert {"lmkit", "lmkit_default", "plain", "lmkit_share", "plain_share"} == set(rates)
    assert all(rate > 0 for rate in rates.values())
    plain = dict(parts.plain(CPU, replace(sizes, plain_minutes=(0.0001, 0.0002))))
    assert len(plain) == 2 or next(iter(plain)) == "0.00 min"
    assert all(found["perplexity"] > 1 for found in plain.values())


def test_lmkit_is_trained_on_the_text_and_its_end_reported(parts: ModuleType) -> None:
    settings = ("layers=1", "hidden=8", "embedding=8", "batch=4", "time=8", "validations=1")
    sizes = replace(parts.QUICK, minutes=0.005, settings=settings, lines=200)
    found = dict(parts.lmkit(CPU, sizes))
    assert list(found)[-1] == "end"
    assert found["end"]["perplexity"] > 1


def test_the_texts_given_are_taken(parts: ModuleType, tmp_path: Path) -> None:
    train, valid = tmp_path / "a.txt", tmp_path / "b.txt"
    sizes = parts.sizes_of(is_quick=True, plain_minutes=(1.0,), train=train, valid=valid)
    assert parts._texts(tmp_path, sizes) == (train, valid)
    made = parts._texts(tmp_path, replace(sizes, train=None))
    assert [len(path.read_text("utf-8").splitlines()) for path in made] == [1_500, 150]
    assert parts.sizes_of(is_quick=False, plain_minutes=(2.0,), train=None, valid=None).steps == 40


def test_two_generated_texts_speak_one_language(parts: ModuleType, tmp_path: Path) -> None:
    one = parts._generated(tmp_path / "one.txt", 300, 0).read_text("utf-8").split()
    other = parts._generated(tmp_path / "other.txt", 30, 1).read_text("utf-8").split()
    assert sum(word in set(one) for word in other) > 0.5 * len(other)
    assert parts._generated(tmp_path / "again.txt", 300, 0).read_text("utf-8").split() == one


def test_a_part_that_fails_or_hangs_costs_its_own_figures_alone(
    gpu: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    script, out = tmp_path / "broken.py", tmp_path / "found.json"
    script.write_text(BROKEN, encoding="utf-8")
    monkeypatch.setattr(gpu, "__file__", str(script))
    monkeypatch.setattr(gpu, "LIMITS", {**gpu.LIMITS, "waiting": 6.0})
    wanted = ["--device", "cpu", "--parts", "equality,waiting,product", "--out", str(out)]
    assert gpu.main(wanted) == 1
    answer = json.loads(out.read_text("utf-8"))
    assert answer == json.loads(capsys.readouterr().out.splitlines()[-1])
    errors = [part["error"] for part in answer["parts"]]
    assert errors == ["it ended with exit code 3", "it took longer than 6 s", None]
    assert [part["figures"] for part in answer["parts"]] == [{"first": 1.0}] * 3
    assert answer["machine"]["torch"] == torch.__version__


def test_a_part_for_which_no_time_is_left_is_left_out(
    gpu: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert gpu.main(["--device", "cpu", "--parts", "product", "--seconds", "1"]) == 1
    (part,) = json.loads(capsys.readouterr().out.splitlines()[-1])["parts"]
    assert part["error"] == "the time was used up"


def test_a_part_writes_its_figures_as_they_come(
    gpu: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "part.json"
    wanted = ["--device", "cpu", "--quick", "--part", "product", "--out", str(out)]
    assert gpu.main(wanted) == 0
    assert json.loads(out.read_text("utf-8"))["tflops"]["float32"] > 0
    assert "float32" in capsys.readouterr().out


def test_a_process_of_its_own_is_given_the_same_options(gpu: ModuleType) -> None:
    given = ["--device", "cpu", "--quick", "--plain-minutes", "1.0", "5.0", "--train", "a.txt"]
    asked = gpu._parser().parse_args(given)
    assert gpu._parser().parse_args(gpu._handed_on(asked)) == asked


def test_the_limits_of_the_parts_fit_into_the_whole(gpu: ModuleType) -> None:
    assert set(gpu.LIMITS) == set(gpu.PARTS)
    assert gpu.ALL_SECONDS < 9 * 60
    assert sys.executable
