"""The folder that a text is prepared in: whether it may be written, made, and emptied."""

from pathlib import Path

from lmkit.core.errors import LmkitError, UsageError
from lmkit.core.json import JsonObject
from lmkit.data.parts.layout import PARTS, remove_parts
from lmkit.data.parts.parts_plan import PreparationRequest
from lmkit.data.prepared_text import FACTS, PREPARED, TOKENIZER, TRAIN, VALID, read_prepared


def check_folder(request: PreparationRequest) -> JsonObject | None:
    """Check that a preparation may write to a folder, and return what it holds of one.

    Raises:
        UsageError: If something else is there.
        DataError: If what is there is damaged.
    """
    out = request.out
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder for the prepared text")
    if out.is_dir() and any(out.iterdir()) and not (out / PREPARED).is_file():
        raise UsageError(
            f"{out} holds files and no prepared text of lmkit, so nothing is written there; "
            "name an empty folder, or a new one"
        )
    if request.force:
        remove_preparation(out)
    return read_prepared(out)


def make_folder(out: Path) -> None:
    """Make the folder and that of its parts.

    Raises:
        LmkitError: If it cannot be written.
    """
    try:
        (out / PARTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LmkitError(f"cannot write {out}: {error.strerror or error}") from None


def remove_preparation(out: Path) -> None:
    """Remove the files of a preparation; those of others stay."""
    if (out / PREPARED).is_file():
        remove_parts(out)
        for name in (PREPARED, TRAIN, VALID, FACTS, TOKENIZER):
            (out / name).unlink(missing_ok=True)
        if not any(out.iterdir()):
            out.rmdir()
