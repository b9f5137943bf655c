"""The private file of typed text: `personal`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from lmkit.cli.options import Json, Quiet
from lmkit.data.typed_text import TypedText, default_file
from lmkit.terminal.output import say, write, write_json
from lmkit.terminal.piped_lines import piped_lines
from lmkit.terminal.render import counted
from lmkit.text.normalise import encodable


def personal(
    action: Annotated[
        Literal["show", "learn", "erase"],
        typer.Argument(help="Print the stored lines, add the lines of stdin, or delete the file."),
    ],
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The file [default: typed.txt in $XDG_STATE_HOME/lmkit]."
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show, extend or erase the stored text that you typed.

    The text is in a plain file on this computer that only you can read; lmkit sends it nowhere.
    /learn on in the REPL also adds lines to it. With --personal FILE, other commands use it.

    Examples:
      lmkit personal show
      lmkit personal erase
      echo "see you at the usual place" | lmkit personal learn --file mine.txt
    """
    text = TypedText(file or default_file())
    if action == "show":
        lines = text.lines()
        if json:
            write_json({"file": str(text.path), "lines": lines})
            return
        for line in lines:
            write(line)
        said = f"{counted(len(lines), 'line')} in {text.path}"
    elif action == "learn":
        added = text.add(encodable(line) for line in piped_lines(quiet=quiet))
        if json:
            write_json({"file": str(text.path), "learnt": added})
            return
        said = f"{counted(added, 'line')} added to {text.path}"
    else:
        erased = text.erase()
        if json:
            write_json({"file": str(text.path), "erased": erased})
            return
        said = f"{counted(erased, 'line')} erased with {text.path}"
    if not quiet:
        say(said)
