"""Accuracy on minimal pairs: the good sentence should have the higher score; a tie counts half."""

import json
from collections.abc import Sequence
from pathlib import Path

from lmkit.core.errors import DataError, UsageError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.text_file import TextFile
from lmkit.data.tables.values import sound
from lmkit.evaluation.sentence_scorer import SentenceScorer
from lmkit.results import PairsEvaluation
from lmkit.text.words import split_words

GOOD, BAD = "sentence_good", "sentence_bad"
_TIE = 1e-9  # nats: sums of the same numbers in another order


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Read JSON lines with `sentence_good` and `sentence_bad`, in any encoding.

    Raises:
        DataError: If the file is missing, empty or not of this form; the line is named.
    """
    with TextFile(str(path), SourceConfig()).opened(newline=None) as file:
        lines = list(file)
    pairs = [_pair(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not pairs:
        raise DataError(f"{path} has no pairs; each line is JSON with {GOOD} and {BAD}")
    return pairs


def evaluate_pairs(scorer: SentenceScorer, paths: Sequence[Path]) -> PairsEvaluation:
    """Compare the sentences of every pair.

    Args:
        scorer: The scorer of sentences.
        paths: Files of pairs.

    Returns:
        The fraction of pairs whose good sentence has the higher score, in all and by file.
    """
    if not paths:
        raise UsageError("no pairs file was given; name at least one")
    pairs = [read_pairs(path) for path in paths]
    points = [_points(scorer, group) for group in pairs]
    names = _names(paths)
    count = sum(map(len, pairs))
    by_file = {
        name: point / len(group) for name, point, group in zip(names, points, pairs, strict=True)
    }
    return PairsEvaluation(count, sum(points) / count, by_file)


def _points(scorer: SentenceScorer, pairs: Sequence[tuple[str, str]]) -> float:
    sentences = [" ".join(split_words(sentence)) for pair in pairs for sentence in pair]
    ids = scorer.vocabulary.tokenizer.encode_lines(sentences)
    found = scorer.scores(ids)
    points = 0.0
    for row, (good, bad) in enumerate(found.view(-1, 2).tolist()):
        is_tie = ids[2 * row] == ids[2 * row + 1] or abs(good - bad) < _TIE
        points += 0.5 if is_tie else float(good > bad)
    return points


def _names(paths: Sequence[Path]) -> list[str]:
    """Return the stem of each file, or its whole path where two have the same."""
    stems = [path.stem for path in paths]
    return [
        stem if stems.count(stem) == 1 else str(path)
        for stem, path in zip(stems, paths, strict=True)
    ]


def _pair(path: Path, number: int, line: str) -> tuple[str, str]:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}, line {number} is no JSON: {error}") from error
    good, bad = (content.get(GOOD), content.get(BAD)) if isinstance(content, dict) else ("", None)
    if not isinstance(good, str) or not isinstance(bad, str):
        raise DataError(f"{path}, line {number}: a pair needs the texts {GOOD} and {BAD}")
    return sound(good), sound(bad)
