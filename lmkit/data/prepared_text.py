"""Text made ready for training, as a folder keeps it: tokenizer, ids and counts."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lmkit.core.errors import DataError, ModelError
from lmkit.core.json import JsonObject
from lmkit.data.corpus import Corpus, CorpusFacts, open_corpus
from lmkit.text.tokenizer import Tokenizer

TRAIN, VALID = "train.bin", "valid.bin"
TOKENIZER, FACTS = "tokenizer.json", "facts.json"
PREPARED = "prepared.json"  # of a folder that `lmkit prepare` writes
FORMAT = 1  # of prepared.json
ONE_WORD = "the text is one word: it is measured on what it learned from"
_MANY_UNKNOWN = 0.2  # of the ids
_FEW_SPACES = 40.0  # bytes a word; Greek and Russian have 12, Malayalam 27


@dataclass(frozen=True, slots=True)
class PreparedText:
    """Text made ready for training: its tokenizer, its ids, and what was noticed.

    Attributes:
        tokenizer: Its vocabulary comes from the training text alone.
        train: The text to learn from.
        valid: The text to measure on.
        is_held_out: Whether `valid` is the tail of the sources rather than a text of its own.
        notices: What a user should know of the reading, a line each.
        key: Names the content and the tokenizer.
        was_cached: Whether it had been prepared before.
        folder: Where it is kept, for `open_prepared` in another process.
    """

    tokenizer: Tokenizer
    train: Corpus
    valid: Corpus
    is_held_out: bool
    notices: tuple[str, ...]
    key: str
    was_cached: bool
    folder: Path


def notices_of(learned: CorpusFacts, tokenizer: Tokenizer, *, size: int) -> list[str]:
    """Return what a user should know of a training text, a line each.

    Args:
        learned: Its counts.
        tokenizer: What made ids of it.
        size: Its bytes.
    """
    notices = []
    if learned.unknown > learned.ids * _MANY_UNKNOWN:
        notices.append(_many_unknown(learned, tokenizer))
    apart = size / max(1, learned.words - learned.lines)
    if apart > _FEW_SPACES:
        notices.append(_few_spaces(apart))
    return notices


def write_facts(
    folder: Path,
    train: CorpusFacts,
    valid: CorpusFacts,
    *,
    is_held_out: bool,
    notices: Sequence[str],
    key: str = "",
) -> None:
    """Write the counts of a prepared text into its folder.

    Args:
        folder: The folder.
        train: Counts of the training text.
        valid: Counts of the validation text.
        is_held_out: Whether that is the tail of the sources.
        notices: What a user should know of the reading, a line each.
        key: Names the content and the tokenizer; the name of the folder where left out.
    """
    facts = {
        **({"key": key} if key else {}),
        "train": asdict(train),
        "valid": asdict(valid),
        "is_held_out": is_held_out,
        "notices": list(notices),
    }
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def load_prepared(folder: Path) -> PreparedText | None:
    """Return what was kept, or None where it is missing or not whole: it is then made again."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        train, valid = (
            open_corpus(folder / name, tokenizer.vocab_size, CorpusFacts(**facts[part]))
            for part, name in (("train", TRAIN), ("valid", VALID))
        )
        is_held_out, notices = bool(facts["is_held_out"]), tuple(facts["notices"])
        key = str(facts.get("key", folder.name))
    except (OSError, ValueError, KeyError, TypeError, DataError, ModelError):
        return None
    return PreparedText(
        tokenizer,
        train,
        valid,
        is_held_out,
        notices,
        key=key,
        was_cached=True,
        folder=folder,
    )


def open_prepared(folder: Path) -> PreparedText:
    """Open a text that another process has prepared.

    Args:
        folder: Attribute of the prepared text.

    Raises:
        DataError: If it is gone or damaged.
    """
    found = load_prepared(folder)
    if found is None:
        raise DataError(f"the ids in {folder} vanished while they were read; try again")
    return found


def is_prepared(folder: Path) -> bool:
    """Tell whether `lmkit prepare` writes a folder, or has written it."""
    return (folder / PREPARED).is_file()


def read_prepared(folder: Path) -> JsonObject | None:
    """Return what prepared.json of a folder holds, None where there is none.

    Raises:
        DataError: If it is damaged, or of another format.
    """
    found = read_marker(folder / PREPARED)
    if found is None:
        return None
    if found.get("format") != FORMAT:
        raise DataError(
            f"{folder} was prepared by another lmkit, in the format {found.get('format')!r}; "
            "prepare it again with --force"
        )
    if not isinstance(found.get("request"), dict) or not isinstance(found.get("files", {}), dict):
        raise damaged_marker(folder / PREPARED)
    return found


def read_marker(path: Path) -> JsonObject | None:
    """Return the JSON object in a file, None where there is no file.

    Raises:
        DataError: If it holds anything else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        raise damaged_marker(path) from None
    if not isinstance(found, dict):
        raise damaged_marker(path)
    return found


def damaged_marker(path: Path) -> DataError:
    """Return the error of a marker that holds something else."""
    return DataError(f"{path} is damaged; delete it and run the same `lmkit prepare` again")


def _many_unknown(facts: CorpusFacts, tokenizer: Tokenizer) -> str:
    token = "characters" if tokenizer.config.unit == "char" else "words"
    return (
        f"{facts.unknown / facts.ids:.0%} of the text are {token} too rare to be known; "
        "units that spell everything, --unit bpe, will serve it better"
    )


def _few_spaces(apart: float) -> str:
    return (
        f"the text has a space or a line end only every {apart:,.0f} bytes, and perplexity is per "
        "word between these: it will look very large; `lmkit evaluate --text` gives bits per "
        "character too"
    )
