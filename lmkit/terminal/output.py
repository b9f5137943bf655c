"""Output streams: data on stdout, messages on stderr, never a control character.

Knows nothing of models; `visible` is the one door through which text reaches a terminal.
"""

import io
import json
import math
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO, cast

from rich.console import Console, RenderableType
from typing_extensions import override

# C0 and C1 controls (not line end and tab), separators and direction overrides, lone surrogates.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_C1 = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# Bars and blocks for a stream that has no such characters.
_PLAIN_BARS = {
    **dict.fromkeys(map(ord, "▌▋▊▉█▄▅▆▇"), "#"),
    **dict.fromkeys(map(ord, "▏▎▍▁▂▃"), " "),
}


def visible(text: str) -> str:
    r"""Return the text with its control characters written out, e.g. an escape as ``\x1b``."""
    return _CONTROL.sub(lambda match: _written_out(match[0]), text)


def lead_nowhere(stream: TextIO) -> None:
    """Point a broken stream at the null device."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def open_missing_streams() -> None:
    """Open the standard streams that this process was started without, on the null device."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115  # stays open
            setattr(sys, name, nowhere)


def on_one_line(text: str) -> str:
    r"""Return the text as one visible line: line ends become ``\n``, tabs ``\t``."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def say(message: str) -> None:
    """Print one message on stderr; a closed stderr does not stop the work."""
    try:
        print(visible(message), file=sys.stderr, flush=True)
    except OSError:
        lead_nowhere(sys.stderr)


def lasting(stream: TextIO) -> TextIO:
    """Return a stream on which a live display may write after its terminal was closed.

    Nothing is written then: what shows a work must not end it.
    """
    return cast("TextIO", _LastingStream(stream))


class _LastingStream(io.TextIOBase):
    """A stream whose errors lead it nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    @override
    def encoding(self) -> str:  # type: ignore[override]  # declared as an attribute, but a property
        return self._stream.encoding

    @override
    def isatty(self) -> bool:
        return self._stream.isatty()

    @override
    def fileno(self) -> int:
        return self._stream.fileno()

    @override
    def write(self, text: str, /) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            lead_nowhere(self._stream)
            return len(text)

    @override
    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            lead_nowhere(self._stream)


def write(text: str, *, end: str = "\n") -> None:
    """Print data on stdout."""
    print(visible(text), end=end, flush=True)


def write_json(answer: Mapping[str, object]) -> None:
    """Print one JSON object on one line of stdout."""
    print(json_line(answer, ascii_only=not _speaks_utf8(sys.stdout)), flush=True)


def json_line(answer: Mapping[str, object], *, ascii_only: bool = False) -> str:
    """Return an answer as one line of strict JSON; what is not finite becomes null."""
    text = json.dumps(_finite(answer), ensure_ascii=ascii_only, allow_nan=False)
    return _C1.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def show(picture: RenderableType, *, quiet: bool = False) -> None:
    """Print a table or text on stdout, without the spaces that pad its lines."""
    screen = console(sys.stdout, quiet=quiet)
    with screen.capture() as captured:
        screen.print(picture)
    drawn = captured.get() if _speaks_utf8(sys.stdout) else captured.get().translate(_PLAIN_BARS)
    lines = [line.rstrip(" ") for line in drawn.splitlines()]
    print("\n".join(lines), flush=True)


def is_live(stream: TextIO, *, quiet: bool = False) -> bool:
    """Return whether a stream takes colour and live displays."""
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain and not quiet


def console(stream: TextIO, *, quiet: bool = False) -> Console:
    """Return the rich console of a stream, without styling where it takes none."""
    live = is_live(stream, quiet=quiet)
    return Console(
        file=stream,
        force_terminal=live,
        color_system="auto" if live else None,
        width=None if stream.isatty() else 80,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _written_out(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _speaks_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"
