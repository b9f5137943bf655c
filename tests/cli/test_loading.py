"""The start of a command: what it loads, and what Python's collector is left to look at."""

import gc
import subprocess
import sys

import pytest

from lmkit.cli.app import exit_code
from lmkit.cli.loading import load_torch

UNNEEDED = ("torch._dynamo", "sympy", "matplotlib", "datasets", "pandas", "prompt_toolkit")
ASK = f"""
import sys
from lmkit.cli.app import exit_code
assert exit_code(["next", sys.argv[1], "the cat", "--quiet"]) == 0
found = [name for name in {UNNEEDED} if name in sys.modules]
assert not found, found
assert "torch" in sys.modules
"""
LOAD = """
import gc, sys
from lmkit.cli.loading import load_torch
runs = []
gc.callbacks.append(lambda phase, info: runs.append(phase))
if sys.argv[1] == "off":
    gc.disable()
load_torch()
assert "torch" in sys.modules
assert not runs, "the collector ran"
assert gc.isenabled() == (sys.argv[1] == "on")
assert gc.get_freeze_count() > 10_000
"""


def python(program, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def sampled_folder(tmp_path_factory):
    """A model with the head that large vocabularies get."""
    folder = tmp_path_factory.mktemp("sampled")
    (folder / "text.txt").write_text("the cat sat on the mat .\nthe dog ran .\n" * 20)
    sizes = ["model.hidden=8", "model.embedding=8", "model.head=sampled", "model.samples=8"]
    options = [word for size in sizes for word in ("--set", size)]
    out = str(folder / "model")
    asked = ["train", str(folder / "text.txt"), "--out", out, "--epochs", "1", "--quiet"]
    assert exit_code([*asked, *options]) == 0
    return out


def test_asking_loads_nothing_that_it_does_not_need(model_folder):
    python(ASK, str(model_folder))


def test_asking_a_model_of_a_large_vocabulary_loads_no_more(sampled_folder):
    python(ASK, sampled_folder)


@pytest.mark.parametrize("collector", ["on", "off"])
def test_torch_is_loaded_without_a_look_for_garbage_and_the_collector_left_as_it_was(collector):
    python(LOAD, collector)


def test_loading_again_freezes_nothing_more():
    before = gc.get_freeze_count()
    load_torch()
    assert gc.get_freeze_count() == before
    assert gc.isenabled()


INTERRUPTED = """
import builtins, signal, sys
from lmkit.cli.app import run
load = builtins.__import__
pressed = []
def interrupted(name, *rest, **more):
    if not pressed and name.startswith(sys.argv[1]) and "torch" in sys.modules:
        pressed.append(name)
        signal.raise_signal(signal.SIGINT)
    return load(name, *rest, **more)
signal.signal(signal.SIGINT, signal.default_int_handler)
builtins.__import__ = interrupted
run(["info", "nowhere"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("module", ["numpy._utils", "torch.version"])
def test_an_interrupt_while_torch_is_loaded_ends_at_once_and_leaves_nothing_half_loaded(module):
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "lmkit: interrupted\n")
