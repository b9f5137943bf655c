"""Accuracy on multiple-choice blanks: the choice whose whole sentence has the highest score.

All words are scored, those to the right of the blank too; the end of the line is not counted. A
choice that makes an unknown word with the characters beside the blank is left out. Sentences are
scored as wholes (`sentence_scorer`), or choice by choice (`contrast`).
"""

import csv
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lmkit.core.errors import DataError, UsageError
from lmkit.evaluation.contrast import ContrastScorer
from lmkit.evaluation.sentence_scorer import SentenceScorer
from lmkit.inference.bidirectional import BlankVariants
from lmkit.inference.fill.blank_variants import encode_variants, template_for, unknown_joined
from lmkit.results import ClozeEvaluation
from lmkit.text.blanks import parse_blanks
from lmkit.text.tokenizer import Tokenizer

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


def evaluate_cloze(scorer: SentenceScorer | ContrastScorer, path: Path) -> ClozeEvaluation:
    """Answer every question of a file.

    Args:
        scorer: The scorer of sentences, or of choices.
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


def answer_questions(
    scorer: SentenceScorer | ContrastScorer, questions: list[Question]
) -> list[int]:
    """Return the number of the choice taken for each question; of equal ones the first."""
    unknown: list[bool] = []
    for question in questions:
        template = template_for(scorer.vocabulary.tokenizer, parse_blanks(question.text))
        left_out = unknown_joined(scorer.vocabulary, template, _fillings(question))
        unknown += [False] * len(left_out) if all(left_out) else left_out
    found = _scores(scorer, questions).masked_fill(torch.tensor(unknown), -math.inf)
    return [int(row.argmax()) for row in found.view(len(questions), len(LETTERS))]


def variants_of(tokenizer: Tokenizer, question: Question) -> BlankVariants:
    """Return the ids of a question with each of its choices put in."""
    return encode_variants(tokenizer, parse_blanks(question.text), _fillings(question))


def _fillings(question: Question) -> list[list[str]]:
    return [[choice] for choice in question.choices]


def _scores(scorer: SentenceScorer | ContrastScorer, questions: list[Question]) -> Tensor:
    """Return the scores of all choices of all questions, shape (questions * choices,)."""
    tokenizer = scorer.vocabulary.tokenizer
    if isinstance(scorer, ContrastScorer):
        return torch.cat([scorer.scores(variants_of(tokenizer, each)) for each in questions])
    texts: list[str] = []
    for question in questions:
        template = template_for(tokenizer, parse_blanks(question.text))
        texts += map(template.fill, _fillings(question))
    return scorer.scores(tokenizer.encode_lines(texts))


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
