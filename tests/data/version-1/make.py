"""Make the folders of format version 1 and their answers, with the lmkit that wrote that format.

Run once, at commit 9b37243 (lmkit 0.1.0), from the root of the repository:

    OMP_NUM_THREADS=1 PYTHONPATH=$PWD .venv/bin/python tests/data/version-1/make.py

It needs the names and defaults of that commit, so it does not run on later code and is kept as the
record of how the files beside it were made. `tests/contracts/test_version_1.py` compares later code
with `answers.json`.
"""

import json
import os
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from lmkit.cli.app import exit_code
from lmkit.data.series import Series
from lmkit.data.sources.grammar import GrammarSource
from lmkit.forecaster import Forecaster, ForecasterConfig
from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sampling import SamplingConfig
from lmkit.language_model import LanguageModel

HERE = Path(__file__).resolve().parent
KNOWN_WORDS, LONGEST_LINE, TEXT_WORDS = 150, 12, 1000
SETTINGS = {
    "model.layers": 2,
    "model.hidden": 12,
    "last_hidden": 8,
    "model.embedding": 8,
    "training.batch": 4,
    "training.time": 16,
    "text.min_frequency": 1,
    "ngram_order": 3,
    "validations": 4,
    "dropout_embedding": 0.15,
    "dropout_between": 0.1,
    "dropout_output": 0.2,
    "dropout_words": 0.05,
    "dropout_weights": 0.1,
    "activation_penalty": 0.5,
    "slowness_penalty": 0.25,
}
LINES = (
    "the old dog sleeps in the kitchen .",
    "the dogs bark every day .",
    "the old zebra runs .",
)
ALONE = {"adapt": "none", "mix": "none", "direction": None, "weights": "float"}
LOADED = (
    ALONE,
    {**ALONE, "direction": "forward"},
    {**ALONE, "direction": "backward"},
    {**ALONE, "mix": "ngram"},
    {**ALONE, "adapt": "cache"},
    {**ALONE, "adapt": "dynamic"},
    {**ALONE, "adapt": "both"},
    {**ALONE, "adapt": "cache", "mix": "ngram"},
    {**ALONE, "adapt": "both", "mix": "ngram"},
    {**ALONE, "weights": "int8"},
    {**ALONE, "adapt": "cache", "mix": "ngram", "direction": "forward", "weights": "int8"},
)
EITHER_SIDE = (
    {"call": "fill", "text": "the old ___ sleeps in the kitchen .", "k": 4},
    {"call": "fill", "text": "the ___ dog sleeps ___ the kitchen .", "k": 3},
    {"call": "fill", "text": "the ___ bark .", "choices": ["dogs", "dog", "cats"]},
    {"call": "fill", "text": "the d___ sleeps .", "k": 3, "exact": True},
    {"call": "score", "lines": LINES[::2], "context": "line"},
    {"call": "evaluate_text", "lines": LINES},
)
FORWARD = (
    {"call": "score", "lines": LINES, "context": "document"},
    {"call": "next", "text": "the old", "k": 5},
    {"call": "next", "text": "anna and ben are in the", "k": 3},
    {"call": "complete", "text": "the farmer w", "k": 3},
    {"call": "generate", "text": "the", "words": 12, "temperature": 0.0},
    {"call": "generate", "text": "the dogs", "words": 12, "seed": 5, "samples": 2},
    {"call": "best_endings", "text": "the old dog"},
)
NETWORK = ({"call": "trace", "text": "the dogs"},)


def main() -> None:
    """Train both folders, ask them everything, and write the files beside this one."""
    for name in ("model", "forecaster"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        train(Path("grammar.txt"), Path("model"))
        train_forecaster().save("forecaster")
        for name in ("model", "forecaster"):
            shutil.copytree(name, HERE / name, ignore=shutil.ignore_patterns("training"))
    answers = {"models": [answers_of(options) for options in LOADED], "forecast": forecast()}
    text = json.dumps(rounded(answers), ensure_ascii=False, separators=(",", ":"))
    (HERE / "answers.json").write_text(text.replace('{"call"', '\n{"call"') + "\n", "utf-8")


def train(text: Path, out: Path) -> None:
    """Train on short lines of the grammar that use its most frequent words alone."""
    lines = list(GrammarSource(words=60_000, seed=7).lines())
    counts = Counter(word for line in lines for word in line.split())
    known = {word for word, _ in counts.most_common(KNOWN_WORDS)}
    kept, words = [], 0
    for line in lines:
        if known.issuperset(line.split()) and len(line.split()) <= LONGEST_LINE:
            kept.append(line)
            words += len(line.split()) + 1
        if words >= TEXT_WORDS:
            break
    text.write_text("\n".join(kept) + "\n", encoding="utf-8")
    options = ["--out", str(out), "--direction", "both", "--epochs", "20", "--seed", "1", "--quiet"]
    for name, value in SETTINGS.items():
        options += ["--set", f"{name}={value}"]
    assert exit_code(["train", str(text), *options]) == 0


def train_forecaster() -> Forecaster:
    """Train on a wave of twelve observations that rises."""
    times = np.arange(60.0)
    values = 50 + times / 3 + 8 * np.sin(2 * np.pi * times / 12)
    config = ForecasterConfig(hidden=8, steps=40, batch=4, window=12, season=12, dropout=0.1)
    return Forecaster.train(
        Series("wave", ("height",), values[:, None]), replace(config, paths=200)
    )


def answers_of(options: dict[str, object]) -> dict[str, object]:
    """Ask a model loaded with some options all that it can be asked."""
    model = LanguageModel.load(HERE / "model", **options)
    asked = EITHER_SIDE if options["direction"] == "backward" else EITHER_SIDE + FORWARD
    asked += NETWORK if options == ALONE else ()
    return {"options": options, "asked": [{**one, "answer": ask(model, one)} for one in asked]}


def ask(model: LanguageModel, question: dict[str, object]) -> object:
    """Return the answer to one question."""
    question = dict(question)
    call = question.pop("call")
    if call == "score":
        return [
            s.to_dict() for s in model.score_lines(question["lines"], context=question["context"])
        ]
    if call == "generate":
        sampling = SamplingConfig(temperature=question.pop("temperature", 1.0))
        config = GenerateConfig(
            words=question["words"],
            seed=question.get("seed", 0),
            samples=question.get("samples", 1),
            sampling=sampling,
        )
        return [sample.text for sample in model.generate_samples(question["text"], config)]
    given = [question.pop(name) for name in ("text", "lines") if name in question]
    answer = getattr(model, call)(*given, **question).to_dict()
    return {key: value for key, value in answer.items() if key != "seconds"}


def forecast() -> object:
    """Return what the forecaster says of the next eight observations."""
    return Forecaster.load(HERE / "forecaster").forecast(8).to_dict()


def rounded(value: object) -> object:
    """Keep nine digits of every number that is not whole."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
