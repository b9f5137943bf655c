"""Accuracy on multiple-choice blanks: the choice whose whole sentence has the highest score.

All words are scored, those to the right of the blank too; the end of the line is not counted. A
choice that makes an unknown word with the characters beside the blank is left out. Sentences are
scored as wholes (`sentence_scorer`), or choice by choice (`contrast`).
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lmkit.core.errors import DataError, UsageError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.text_file import TextFile
from lmkit.data.tables.delimited import DelimitedTable
from lmkit.evaluation.contrast import ContrastScorer
from lmkit.evaluation.sentence_scorer import SentenceScorer
from lmkit.inference.context import BlankVariants
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
