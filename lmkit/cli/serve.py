"""The server: `serve`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from lmkit.cli.loading import load_torch
from lmkit.cli.options import prepare_machine
from lmkit.core.errors import Hint, MissingExtraError
from lmkit.serve.options import ServeOptions
from lmkit.terminal.output import say

KEY = "LMKIT_API_KEY"  # environment variable of the key
OPTION = "--api-key"

Folders = Annotated[
    list[Path], typer.Argument(metavar="DIR...", help="The folders of trained models.")
]
Host = Annotated[str, typer.Option(help="Address to listen on; any other address needs a key.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]
Key = Annotated[
    str | None,
    typer.Option(
        OPTION,
        metavar="KEY",
        help=f"Key that every request needs. Better set {KEY}: options show in process lists.",
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option("--allow-host", metavar="NAME", help="Another host name of this server."),
]
Origins = Annotated[
    list[str] | None,
    typer.Option("--cors", metavar="ORIGIN", help="Origin of web pages that may send requests."),
]
LogText = Annotated[bool, typer.Option("--log-text", help="Log the texts that are sent.")]


def serve(
    folders: Folders,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    api_key: Key = None,
    allow_host: Names = None,
    cors: Origins = None,
    log_text: LogText = False,
) -> None:
    """Serve models over HTTP.

    The page is at /, the API under /v1, and its description at /docs.

    Examples:
      lmkit serve my-model
      lmkit serve my-model english --port 9000
      LMKIT_API_KEY=... lmkit serve my-model --host 0.0.0.0
    """
    if api_key is not None:
        _hide(api_key)
    load_torch()
    options = ServeOptions(
        host=host,
        api_key=api_key or os.environ.get(KEY, ""),
        hosts=tuple(allow_host or ()),
        origins=tuple(cors or ()),
        log_text=log_text,
    )
    try:
        from lmkit.serve.access import check_address
        from lmkit.serve.app import create_app
        from lmkit.serve.run import run_server
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the server needs {error.name}, which is not installed", hint=Hint.INSTALL_SERVE
        ) from None
    check_address(options)
    prepare_machine()
    app = create_app([str(folder) for folder in folders], options)
    run_server(app, options, port=port, on_listening=_announce)


def _announce(url: str) -> None:
    say(f"serving at {url} (stop it with Ctrl-C)")


def without_key(arguments: Sequence[str]) -> list[str]:
    """Return a command line without the key: `--api-key KEY` or `--api-key=KEY`."""
    left: list[str] = []
    is_value = False
    for argument in arguments:
        if not (is_value or argument == OPTION or argument.startswith(f"{OPTION}=")):
            left.append(argument)
        is_value = argument == OPTION and not is_value
    return left


def _hide(key: str) -> None:
    """Start this command anew with the key in the environment: process lists show the rest."""
    arguments = without_key(sys.orig_argv[1:])
    if len(arguments) == len(sys.orig_argv) - 1:  # the key was not read from a command line
        return
    os.environ[KEY] = key
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606  # this very command
