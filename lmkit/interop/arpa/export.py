"""Export of the n-gram of a model folder to an ARPA file."""

from pathlib import Path

from lmkit.archive.folder import load_archive
from lmkit.archive.locate import locate_model
from lmkit.core.errors import Hint, UsageError
from lmkit.core.files import atomic_path
from lmkit.interop.arpa.names import space_of, token_names
from lmkit.interop.arpa.writing import MARK, arpa_lines
from lmkit.results.export import ExportedArpa


def export_arpa(folder: str | Path, out: Path, *, force: bool = False) -> ExportedArpa:
    """Write the n-gram of a model folder as an ARPA file.

    Args:
        folder: The model folder, or the name of a bundled model.
        out: The file; written whole or not at all, a part in memory at a time.
        force: Replace a file that is no ARPA file of lmkit.

    Returns:
        Size and figures of the file.

    Raises:
        UsageError: If the folder has no n-gram, or another file is in the way.
        ModelError: If the folder is missing or damaged.
        LmkitError: If the file cannot be written.
    """
    _require_free(out, force=force)
    place = locate_model(folder)
    archive = load_archive(place)
    if archive.ngram is None:
        raise UsageError(f"{place} holds no n-gram to write as an ARPA file", hint=Hint.TRAIN_NGRAM)
    tables = archive.ngram.tables
    with atomic_path(out) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(arpa_lines(tables, token_names(archive.tokenizer)))
    return ExportedArpa(
        out=str(out),
        bytes=out.stat().st_size,
        model=place.resolve().name,
        order=len(tables.levels),
        ngrams=tuple(len(level.keys) for level in tables.levels),
        space=space_of(archive.tokenizer),
    )


def _require_free(out: Path, *, force: bool) -> None:
    """Refuse to replace what lmkit did not write."""
    if out.is_dir():
        raise UsageError(f"{out} is a folder; name a file with --out, e.g. model.arpa")
    if force or not out.exists():
        return
    with out.open(encoding="utf-8", errors="replace") as file:
        if file.read(len(MARK)) != MARK:
            raise UsageError(
                f"{out} is there already and is no ARPA file of lmkit; name another file, "
                "or replace it with --force"
            )
