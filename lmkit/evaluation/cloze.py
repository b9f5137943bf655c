"""Accuracy on multiple-choice blanks: the choice whose whole sentence has the highest score.

All words are scored, those to the right of the blank too; the end of the line is not counted. A
choice that makes an unknown word with the characters beside the blank is left out.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from lmkit.core.errors import DataError, UsageError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.text_file import TextFile
from lmkit.data.tables.delimited import DelimitedTable
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
    """Read a CSV file with the header question,a,b,c,d,e,answer, in any dialect and encoding.

    Raises:
        DataError: If the file is missing, empty or not of this form; the row is named.
    """
    text = TextFile(str(path), SourceConfig())
    table = DelimitedTable(text.name, lambda: text.opened(newline=""))
    questions = [_question(path, row, cells) for row, cells in table.cells(HEADER)]
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


def _question(path: Path, row: int, cells: Sequence[str]) -> Question:
    text, *choices, answer = (cell.strip() for cell in cells)
    if answer.lower() not in LETTERS or len(answer) != 1:
        raise DataError(f"{path}, row {row}: the answer is {answer!r}, not a letter from a to e")
    try:
        blanks = len(parse_blanks(text).blanks)
    except UsageError:
        blanks = 0
    if blanks != 1:
        raise DataError(f"{path}, row {row}: a question needs one blank (___), not {blanks}")
    return Question(text, tuple(choices), LETTERS.index(answer.lower()))
