"""The fuzzer finds nothing in lmkit, and finds what is put there for it to find."""

import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "bench" / "fuzz.py"
CASES = 200  # under half a minute, with training on one text of ten


@pytest.fixture
def fuzz(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("fuzz")


@pytest.fixture
def file(bench: Callable[[str], ModuleType]):
    return bench("fuzz_inputs").InputFile("series.csv", b"x\n1\n2\n")


def test_fuzzed_texts_tables_and_series_end_in_an_answer_or_a_sentence(tmp_path):
    # A process of its own: which modules are loaded changes what hypothesis makes of a seed.
    options = ["--examples", str(CASES), "--seed", "3", "--train-every", "10"]
    options += ["--seconds", "60", "--out", str(tmp_path / "found")]
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (ended.returncode, ended.stdout[-2000:].splitlines()[-1:]) == (0, ["0 findings"]), (
        ended.stdout[-2000:] + ended.stderr[-2000:]
    )
    for command in ("train", "score", "fill", "generate", "forecast"):
        assert re.search(rf"^{command} +exit 0: \d", ended.stdout, re.MULTILINE)
        assert re.search(rf"^{command} +slowest ", ended.stdout, re.MULTILINE)
    assert "exit 4: " in ended.stdout


def raises(_command):
    raise ValueError("embedded null byte")


def warns(_command):
    warnings.warn("overflow encountered in exp", RuntimeWarning, stacklevel=1)
    return 0


def is_slow(_command):
    until = time.process_time() + 2.1
    while time.process_time() < until:
        pass
    return 0


def prints(out, err, code):
    def run(_command):
        sys.stdout.write(out)
        sys.stderr.write(err)
        return code

    return run


@pytest.mark.parametrize(
    ("run", "trouble"),
    [
        (raises, "embedded null byte"),
        (warns, "overflow encountered"),
        (is_slow, "2 s are allowed"),
        (prints('{"bits": Infinity}\n', "", 0), "Infinity is no number"),
        (prints("not json\n", "", 0), "no JSON"),
        (prints('{"fillings": [{"probability": 1.5}]}\n', "", 0), "probability of 1.5"),
        (prints("", "something went wrong\n", 4), "without a sentence"),
        (prints("", "lmkit: the system refused: bad\n", 1), "the system refused"),
        (prints("", "lmkit: odd\n", 9), "exit code 9"),
    ],
)
def test_trouble_is_reported_with_the_file_that_repeats_it(fuzz, file, tmp_path, run, trouble):
    fuzzer = fuzz.Fuzzer(tmp_path, tmp_path / "found", run)
    fuzzer.series(file)
    (finding,) = fuzzer.findings
    assert trouble in finding.trouble
    assert finding.file is not None
    assert finding.file.read_bytes() == file.content
    told = (finding.file.parent / "finding.txt").read_text(encoding="utf-8")
    assert "'forecast'" in told
    assert trouble in told


@pytest.mark.parametrize("code", [0, 4])
def test_an_answer_and_a_sentence_are_no_trouble(fuzz, file, tmp_path, code):
    said = "lmkit: series.csv has a header and no numbers\n" if code else ""
    fuzzer = fuzz.Fuzzer(tmp_path, tmp_path / "found", prints("", said, code))
    fuzzer.series(file)
    assert fuzzer.findings == []
    assert fuzzer.codes["forecast", code] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no timer of the processor")
def test_a_command_without_an_end_is_interrupted(fuzz, file, tmp_path, monkeypatch):
    def hangs(_command):
        while True:
            pass

    monkeypatch.setattr(fuzz, "STOPPED_AFTER", 0.1)
    fuzzer = fuzz.Fuzzer(tmp_path, tmp_path / "found", hangs)
    fuzzer.series(file)
    assert [finding.trouble for finding in fuzzer.findings] == ["does not end"]


def test_every_input_is_a_file_of_a_known_kind(bench):
    inputs = bench("fuzz_inputs")
    for strategy in (inputs.texts(), inputs.tables(), inputs.series()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an example at hand is what is wanted here
            example = strategy.example()
        assert Path(example.name).name == example.name
        assert isinstance(example.content, bytes)
