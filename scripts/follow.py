"""Follow a text through the code: the files that `lmkit train` and `lmkit fill` pass it through.

    python scripts/follow.py                      the tree of this checkout
    python scripts/follow.py --against 9b37243    beside that of a commit

A small model is trained on made-up words and asked to fill a blank, both under `sys.setprofile`.

Definitions:

- A value holds the text if it is a string or bytes with one of its words, or if at least a third of
  its first integers are ids of such words. Tensors, arrays, lists, tuples, dictionaries and
  dataclasses are looked into, two levels deep. What is made of ids and no longer holds them
  (vectors, states, probabilities) is not followed, and neither are models and tokenizers.
- A file is passed if one of its functions is given a value that holds the text, or gives one back.
  It is entered by the file that calls it with the text; or, where the text was not in it before, by
  the file whose function gives the text back to it. Calls within a file enter nothing.
- Phases of `train`: read (until the first step), step, validate, calibrate (the temperature and the
  adapters), gain (what these gain is measured), write. `fill` has one phase; loading the model is
  left out. The network alone is asked: where the command has `--alone`, it is given, so that old
  and new trees do the same work.
- A file is entered twice if, in one phase, the text comes back to it: a file that it was passed on
  to, directly or through others, enters it.
"""

import argparse
import dataclasses
import inspect
import json
import opcode
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType

from house import ROOT, checkout

RARE = 1000  # ids from here on are those of words alone: no size in a small model is as large
WORDS, LINES, WORDS_A_LINE = 3000, 1500, 8
SMALL = ("model.hidden=16", "model.embedding=16", "model.layers=1", "model.head=full")
PHASES = {  # the files that a phase begins in, of this tree and of older ones
    "training/step.py": "step",
    "training/descent.py": "step",
    "training/text_validation.py": "validate",
    "recipes/temperature.py": "calibrate",
    "recipes/calibrate.py": "calibrate",
    "recipes/companions.py": "calibrate",
    "recipes/closing.py": "calibrate",
    "calibration/temperature.py": "calibrate",
    "training/temperature.py": "calibrate",
    "recipes/write.py": "write",
}
FUNCTIONS = {"fit_and_measure": "calibrate", "measured_gain": "gain"}  # in whichever file
OUTER = ("gain", "calibrate")  # phases to which all that is called in them belongs
LOADING = ("load", "load_archive", "open_model")  # functions in which no text is followed

Route = dict[str, dict[str, list[str]]]  # a phase to its files in order, each to those that enter


def main() -> None:
    """Print the routes of this checkout, and of a commit where one is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("--against", metavar="GITREF", help="a commit to stand beside")
    parser.add_argument("--inside", metavar="DIR", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print("\n" + json.dumps(routes(options.inside)))
        return
    if options.against:
        with checkout(options.against) as folder:
            print(described(options.against, followed(folder)))
    print(described("now", followed(ROOT)))


_AsWritten = argparse.RawDescriptionHelpFormatter


def followed(tree: Path) -> dict[str, Route]:
    """Return the routes of `train` and `fill` in a tree, followed in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PYTHONPATH": str(tree),
            "XDG_CACHE_HOME": folder,
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, str(Path(__file__).resolve()), "--inside", folder]
        done = subprocess.run(
            command, check=True, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
        )
    found: dict[str, Route] = json.loads(done.stdout.splitlines()[-1])
    return found


def described(name: str, found: Mapping[str, Route]) -> str:
    """Return routes as Markdown: for each command its phases, their files in order."""
    lines = []
    for command, route in found.items():
        files = {file for phase in route.values() for file in phase}
        lines.append(f"## {command}, {name}: {len(files)} files")
        for phase, entered in route.items():
            lines.append(
                f"- {phase} ({len(entered)}): {', '.join(f'`{file}`' for file in entered)}"
            )
            lines += [f"  - entered twice: `{file}`, from `{by}`" for file, by in returns(entered)]
    return "\n".join(lines)


def returns(entered: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """Return the files of a phase that the text comes back to, each with the file it comes from."""

    def before(file: str, seen: set[str]) -> set[str]:
        for by in entered.get(file, ()):
            if by not in seen:
                seen.add(by)
                before(by, seen)
        return seen

    first = {file: number for number, file in enumerate(entered)}
    return [
        (file, by)
        for file, files in entered.items()
        for by in files
        if file in before(by, set()) and first.get(by, -1) > first[file]
    ]


def routes(folder: Path) -> dict[str, Route]:
    """Train and fill in a folder, and return the route of each."""
    from lmkit.language_model import LanguageModel

    words = made_up_words(random.Random(1))
    text, model = folder / "text.txt", folder / "model"
    text.write_text(text_of(words, random.Random(2)))
    settings = [part for setting in SMALL for part in ("--set", setting)]
    known = Text(frozenset(words), range(RARE, WORDS))
    train = follow(
        ["train", str(text), "--out", str(model), "--epochs", "1", "--quiet", *settings], known
    )
    encode = LanguageModel.load(model).tokenizer.encode
    chosen = [word for word in words if min(encode(word)) >= RARE][:6]
    ids = {number for word in chosen for number in encode(word)}
    asked = " ".join([*chosen[:3], "___", *chosen[3:]])
    alone = ["--alone"] if "--alone" in _help_of_fill() else []
    fill = follow(["fill", str(model), asked, *alone], Text(frozenset(chosen), ids))
    return {"train": train, "fill": fill}


def made_up_words(chance: random.Random) -> list[str]:
    """Return words that stand in no program."""
    syllables = ("ba", "ko", "ri", "tu", "me", "zal", "por", "ni", "vex", "dul")
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["q" + "".join(chance.choices(syllables, k=4))] = None
    return list(found)


def text_of(words: Iterable[str], chance: random.Random) -> str:
    """Return a text in which every word is written about equally often."""
    written = list(words) * (LINES * WORDS_A_LINE // WORDS)
    chance.shuffle(written)
    lines = [written[at : at + WORDS_A_LINE] for at in range(0, len(written), WORDS_A_LINE)]
    return "".join(" ".join(line) + "\n" for line in lines)


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """The words of a text, and their ids."""

    words: frozenset[str]
    ids: "range | set[int]"

    def is_in(self, value: object, depth: int = 2) -> bool:
        """Return whether a value holds the text, see the definitions."""
        if isinstance(value, str):
            return not self.words.isdisjoint(value[:4000].split())
        if isinstance(value, bytes):
            return self.is_in(value[:4000].decode("utf-8", "replace"))
        if (numbers := _integers(value)) is not None:
            return 3 * sum(number in self.ids for number in numbers) >= len(numbers) > 0
        return depth > 0 and any(self.is_in(part, depth - 1) for part in _parts(value))


def follow(arguments: list[str], text: Text) -> Route:
    """Run a command and return the route of a text through it."""
    from lmkit.__main__ import main as command

    follower = Follower(text)
    sys.argv = ["lmkit", *arguments]
    sys.setprofile(follower)
    try:
        command()
    except SystemExit as end:
        if end.code:
            raise
    finally:
        sys.setprofile(None)
    return follower.route


class Follower:
    """A profile function that notes which files a text is passed through.

    Attributes:
        route: What it has noted so far.
    """

    def __init__(self, text: Text) -> None:
        import lmkit

        self.route: Route = {}
        self._text = text
        self._root = str(Path(lmkit.__file__).parent) + os.sep
        self._phases: list[str] = []
        self._loading = 0
        self._is_busy = False

    def __call__(self, frame: FrameType, event: str, value: object) -> None:
        """Note a call or a return."""
        if self._is_busy or event not in ("call", "return"):
            return
        if not frame.f_code.co_filename.startswith(self._root):
            return
        self._is_busy = True  # reading a value may call functions of its own
        try:
            self._note(frame, event, value)
        finally:
            self._is_busy = False

    def _note(self, frame: FrameType, event: str, value: object) -> None:
        file, is_call = self._file(frame), event == "call"
        if frame.f_code.co_name in LOADING:
            self._loading += 1 if is_call else -1
        phase = FUNCTIONS.get(frame.f_code.co_name, PHASES.get(file))
        if is_call and phase:
            self._phases.append(phase)
        values = _arguments(frame) if is_call else [value]
        if not self._loading and any(self._text.is_in(one) for one in values):
            self._enter(file, self._caller(frame, file), is_call=is_call and not _yields(frame))
        if not is_call and phase:
            self._phases.pop()

    def _enter(self, file: str, caller: str, *, is_call: bool) -> None:
        """Note that a file has the text, from its caller or for its caller."""
        files = self.route.setdefault(self._phase(), {})
        entered = files.setdefault(file, [])
        if is_call and caller not in (file, *entered):
            entered.append(caller)
        elif not is_call and caller not in files:
            files[caller] = [file]

    def _phase(self) -> str:
        for outer in OUTER:
            if outer in self._phases:
                return outer
        return self._phases[-1] if self._phases else "read"

    def _caller(self, frame: FrameType, file: str) -> str:
        """Return the file of the nearest function below that is the package's own."""
        below = frame.f_back
        while below and not below.f_code.co_filename.startswith(self._root):
            below = below.f_back
        return self._file(below) if below else file

    def _file(self, frame: FrameType) -> str:
        return frame.f_code.co_filename.removeprefix(self._root)


def _help_of_fill() -> str:
    command = [sys.executable, "-m", "lmkit", "fill", "--help"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _yields(frame: FrameType) -> bool:
    return bool(frame.f_code.co_flags & inspect.CO_GENERATOR)


def _arguments(frame: FrameType) -> list[object]:
    """Return the arguments of a call; of a generator, when it begins alone."""
    if _yields(frame) and frame.f_code.co_code[frame.f_lasti] != opcode.opmap["RETURN_GENERATOR"]:
        return []
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    held = frame.f_locals
    return [held[name] for name in code.co_varnames[:count] if name in held]


def _integers(value: object) -> list[int] | None:
    """Return the first integers of a value; None if it is none of integers."""
    import numpy as np
    import torch

    if isinstance(value, torch.Tensor):
        is_whole = value.dtype in (torch.int16, torch.int32, torch.int64) and not value.is_meta
        return value.flatten()[:64].tolist() if is_whole else None
    if isinstance(value, np.ndarray):
        is_whole = value.dtype.kind in "iu" and value.ndim > 0
        return value.reshape(-1)[:64].tolist() if is_whole else None
    if isinstance(value, list | tuple) and value and all(type(part) is int for part in value[:64]):
        return list(value[:64])
    return None


def _parts(value: object) -> Iterator[object]:
    """Yield the first parts of a container or the fields of a dataclass."""
    if isinstance(value, list | tuple):
        yield from value[:4]
    elif isinstance(value, dict):
        yield from list(value.items())[:4]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from (getattr(value, field.name, None) for field in dataclasses.fields(value))


if __name__ == "__main__":
    main()
