"""A tokenizer for programs of others, such as datatrove: a folder of two files.

`tokenizer.json` is for the `tokenizers` library; `lmkit.json` is for lmkit, which reads ids that
were made with the first.
"""

from pathlib import Path

from lmkit.core.errors import UsageError
from lmkit.core.files import write_text
from lmkit.data.sources.datatrove_folder import LIBRARY, OURS
from lmkit.results.export import ExportedTokenizer
from lmkit.text.library_file import document_library
from lmkit.text.tokenizer import Tokenizer


def export_tokenizer(tokenizer: Tokenizer, out: Path, *, force: bool = False) -> ExportedTokenizer:
    """Write a tokenizer to a folder.

    Args:
        tokenizer: The tokenizer.
        out: The folder; files of others in it stay.
        force: Replace a tokenizer that is there.

    Returns:
        The facts that another program asks for.

    Raises:
        UsageError: If a tokenizer is there, or a file of that name.
        LmkitError: If the folder cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder for the tokenizer")
    if not force and any((out / name).exists() for name in (LIBRARY, OURS)):
        raise UsageError(
            f"{out} holds a tokenizer; replace it with --force, or name another folder"
        )
    library = document_library(tokenizer)
    write_text(out / OURS, tokenizer.to_json())
    write_text(out / LIBRARY, library.to_str())
    return ExportedTokenizer(
        out=str(out),
        unit=tokenizer.config.unit,
        vocabulary=tokenizer.vocab_size,
        end_of_document=library.id_to_token(tokenizer.line_end_id) or "",
    )
