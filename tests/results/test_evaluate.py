"""Figures of evaluations."""

from dataclasses import asdict

from lmkit.results.evaluate import (
    ClozeEvaluation,
    PairsEvaluation,
    TextEvaluation,
    TypingEvaluation,
    TypingFigures,
)

FIGURES = {
    "words": 10,
    "top1": 0.1,
    "top3": 0.2,
    "top5": 0.3,
    "keystroke_savings": {"3": 0.4},
    "ms_per_key": {"p50": 1.0, "p95": 2.0},
}


def test_the_fields_are_those_of_the_page(promised: dict[str, set[str]]) -> None:
    names = {
        "--text": TextEvaluation,
        "--cloze": ClozeEvaluation,
        "--pairs": PairsEvaluation,
        "--typing": TypingEvaluation,
    }
    for option, kind in names.items():
        assert promised[f"evaluate {option}"] <= set(kind.__dataclass_fields__), option


def test_accuracy_by_file_is_an_object_by_name() -> None:
    answer = PairsEvaluation(pairs=4, accuracy=0.75, by_file={"a.jsonl": 1.0, "b.jsonl": 0.5})
    assert answer.to_dict()["by_file"] == {"a.jsonl": 1.0, "b.jsonl": 0.5}


def test_typing_stands_beside_the_ngram_alone() -> None:
    alone = TypingFigures(**FIGURES)
    answer = TypingEvaluation(**FIGURES, ngram=alone)
    assert answer.to_dict() == {**FIGURES, "ngram": FIGURES}
    assert TypingEvaluation(**FIGURES, ngram=None).to_dict()["ngram"] is None
    assert asdict(alone) == FIGURES
