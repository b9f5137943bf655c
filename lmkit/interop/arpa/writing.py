r"""The lines of an ARPA file, one part of the tables after the other.

An interpolated model is written as it is used: each n-gram with its interpolated probability, each
context with the mass that it leaves to the shorter one. A reader that backs off from one to the
other then finds the probabilities of the model. Logarithms have the base 10.

The line end of a stream is `</s>` where it is predicted and `<s>` where it begins a context; it
never stands inside an n-gram. `<s>` itself is never predicted: its probability is written as -99.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lmkit.interop.arpa.names import BEGIN
from lmkit.models.ngram.kneser_ney import NGramTables
from lmkit.text.words import UNKNOWN

MARK = "# n-gram model written by lmkit"  # first line: readers pass over what stands before \data\
CHUNK = 50_000  # n-grams written at once
NEVER = "-99"  # logarithm of a probability of 0, as the format has it

Words = NDArray[np.int64]


def arpa_lines(tables: NGramTables, names: Sequence[str], *, chunk: int = CHUNK) -> Iterator[str]:
    """Yield an ARPA file in parts.

    Args:
        tables: The n-gram model.
        names: Name of each id, that of the line end being `</s>`.
        chunk: Most n-grams of a part.

    Yields:
        Whole lines, joined with line feeds and closed by one.
    """
    lacks_unknown = UNKNOWN not in names
    counts = [len(level.keys) for level in tables.levels]
    counts[0] += 1 + lacks_unknown
    yield f"{MARK}\n\\data\\\n"
    yield "".join(f"ngram {order}={count}\n" for order, count in enumerate(counts, 1))
    for order, level in enumerate(tables.levels, 1):
        yield f"\n\\{order}-grams:\n"
        if order == 1:
            yield _beginning(tables)
            yield f"{NEVER}\t{UNKNOWN}\n" if lacks_unknown else ""
        for first in range(0, len(level.keys), chunk):
            entries = np.arange(first, min(first + chunk, len(level.keys)))
            yield _part(tables, order, entries, names)
    yield "\n\\end\\\n"


def words_of(tables: NGramTables, order: int, entries: Words) -> Words:
    """Return the words of n-grams.

    Args:
        tables: The n-gram model.
        order: Words of each n-gram.
        entries: Their entries in the level of that order, shape (ngrams,).

    Returns:
        Ids, first word first, shape (ngrams, order).
    """
    vocab_size = len(tables.levels[0].keys)
    columns = []
    for level in tables.levels[order - 1 :: -1]:
        entries, words = np.divmod(level.keys[entries], vocab_size)
        columns.append(words)
    return np.stack(columns[::-1], axis=1)


def _beginning(tables: NGramTables) -> str:
    """Return the line of the beginning of a line, a context alone."""
    level = tables.levels[0]
    back_off = _base_ten(level.back_offs[[tables.line_end_id]])
    return f"{NEVER}\t{BEGIN}{_ending(float(back_off[0]))}\n"


def _part(tables: NGramTables, order: int, entries: Words, names: Sequence[str]) -> str:
    level = tables.levels[order - 1]
    # Rounded logarithms may lie a little above 0, which readers refuse; adding 0 makes -0 a 0.
    log_probs = (np.minimum(_base_ten(level.log_probs[entries]), 0.0) + 0.0).tolist()
    back_offs = _base_ten(level.back_offs[entries]).tolist()
    found = words_of(tables, order, entries).tolist()
    lines = []
    for words, log_prob, back_off in zip(found, log_probs, back_offs, strict=True):
        spelled = [names[word] for word in words]
        if order > 1 and words[0] == tables.line_end_id:
            spelled[0] = BEGIN
        # As a context the line end is the beginning of a line, which has a line of its own.
        ending = "" if words[-1] == tables.line_end_id else _ending(back_off)
        lines.append(f"{log_prob:.7g}\t{' '.join(spelled)}{ending}\n")
    return "".join(lines)


def _ending(back_off: float) -> str:
    """Return what follows the words: nothing where all mass is left to the shorter context."""
    return f"\t{back_off:.7g}" if back_off else ""


def _base_ten(logs: NDArray[np.float32]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = logs.astype(np.float64) / np.log(10.0)
    return found
