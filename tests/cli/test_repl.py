"""`repl` answers piped lines, and refuses options that exclude each other."""

import io
import json
import sys

import pytest

from lmkit.cli.app import exit_code
from lmkit.cli.repl import start_repl
from lmkit.core.errors import UsageError


def test_piped_lines_are_answered_one_by_one(model_folder, capsys, monkeypatch):
    lines = "the ___ sat\n1\n\nthe cat\n/nonsense\n/quit\nnever\n"
    typed = io.TextIOWrapper(io.BytesIO(lines.encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", typed)
    assert exit_code(["repl", str(model_folder), "--json"]) == 0
    kinds = [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()]
    assert kinds == ["fill", "picked", "continue", "error"]


@pytest.mark.parametrize("more", [{"adapt": "cache"}, {"mix": "ngram"}])
def test_the_network_alone_is_not_asked_with_adapters(model_folder, more):
    with pytest.raises(UsageError, match="--alone"):
        start_repl(model_folder, alone=True, **more)
