"""Accuracy on multiple-choice blanks: the choice whose whole sentence has the highest score.

All words are scored, those to the right of the blank too; the end of the line is not counted. A
choice that makes an unknown word with the characters beside the blank is left out.
"""

import csv
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from lmkit.core.errors import DataError, UsageError
from lmkit.evaluation.sentence_scorer import SentenceScorer
from lmkit.inference.fill.blank_variants import template_for, unknown_joined
from lmkit.results import ClozeEvaluation
from lmkit.text.blanks import parse_blanks

LETTERS = "abcde"
HEADER = ["question", *LETTERS, "answer"]
_QUESTIONS = 256  # answered together


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence with one blank, its choices, and the number of the right one."""

    text: str
    choices: tuple[str, ...]
    answer: int


def read_questions(path: Path) -> list[Question]:
    """Read a CSV file with the header question,a,b,c,d,e,answer.

    Raises:
        DataError: If the file is missing, empty or not of this form; the line is named.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            questions = list(_questions(path, csv.DictReader(file)))
    except OSError as error:
        raise DataError(f"cannot read the cloze file {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no CSV file in UTF-8: {error}") from error
    if not questions:
        raise DataError(f"{path} has no questions; its header is {','.join(HEADER)}")
    return questions


def evaluate_cloze(scorer: SentenceScorer, path: Path) -> ClozeEvaluation:
    """Answer every question of a file.

    Args:
        scorer: The scorer of sentences.
        path: The CSV file.

    Returns:
        The number of right answers.
    """
    questions = read_questions(path)
    started = time.perf_counter()
    correct = 0
    for start in range(0, len(questions), _QUESTIONS):
        block = questions[start : start + _QUESTIONS]
        answers = answer_questions(scorer, block)
        correct += sum(
            answer == question.answer for answer, question in zip(answers, block, strict=True)
        )
    seconds = time.perf_counter() - started
    return ClozeEvaluation(len(questions), correct, correct / len(questions), seconds)


def answer_questions(scorer: SentenceScorer, questions: list[Question]) -> list[int]:
    """Return the number of the choice taken for each question; of equal ones the first."""
    tokenizer = scorer.vocabulary.tokenizer
    texts: list[str] = []
    unknown: list[bool] = []
    for question in questions:
        template = template_for(tokenizer, parse_blanks(question.text))
        choices = [[choice] for choice in question.choices]
        texts += map(template.fill, choices)
        left_out = unknown_joined(scorer.vocabulary, template, choices)
        unknown += [False] * len(choices) if all(left_out) else left_out
    found = scorer.scores(tokenizer.encode_lines(texts))
    found = found.masked_fill(torch.tensor(unknown), -math.inf)
    return [int(row.argmax()) for row in found.view(len(questions), len(LETTERS))]


def _questions(path: Path, rows: "csv.DictReader[str]") -> Iterator[Question]:
    names = [name.strip().lower() for name in rows.fieldnames or ()]
    if names != HEADER:
        raise DataError(
            f"{path} has the header {','.join(names)!r}; a cloze file has {','.join(HEADER)}"
        )
    rows.fieldnames = names
    for row in rows:
        yield _question(path, rows.line_num, row)


def _question(path: Path, line: int, row: dict[str, str | None]) -> Question:
    values = [row.get(name) for name in HEADER]
    if None in row or any(value is None for value in values):
        raise DataError(f"{path}, line {line}: a question needs {len(HEADER)} fields")
    text, *choices, answer = ((value or "").strip() for value in values)
    if answer.lower() not in LETTERS or len(answer) != 1:
        raise DataError(f"{path}, line {line}: the answer is {answer!r}, not a letter from a to e")
    try:
        blanks = len(parse_blanks(text).blanks)
    except UsageError:
        blanks = 0
    if blanks != 1:
        raise DataError(f"{path}, line {line}: a question needs one blank (___), not {blanks}")
    return Question(text, tuple(choices), LETTERS.index(answer.lower()))
