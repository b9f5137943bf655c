"""Fixtures of all tests: one thread per process, devices, the development data where it is."""

import importlib.util
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import settings

CATS = (
    "the cat sat on the mat .\nthe dog ran to the house .\n"
    "a cat saw the dog because it was there .\nthe dog saw a cat on the mat .\n"
) * 6
# How long an example takes says more of the machine than of the code.
settings.register_profile("lmkit", deadline=None)
settings.load_profile("lmkit")

# A shell ignores Ctrl-C for what it starts in the background, nohup a closed terminal, and what
# tests start inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny models are quicker on one thread, and tests run beside each other."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def no_base_by_default() -> Iterator[None]:
    """Texts of tests start from nothing unless a test names a base: a large one takes long."""
    from lmkit.recipes import base

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "bundled_models", tuple)
        yield


def _module_beside(name: str) -> ModuleType:
    """Return a module of tests/, which is no test and so belongs to no package."""
    full = f"lmkit_tests_{name}"
    if full not in sys.modules:
        path = Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(full, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """Work carried out in several processes at once, see threads_as_processes.py."""
    found: Callable[..., list[Any]] = _module_beside("threads_as_processes").together
    return found


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A second device on every machine, see other_device.py; it draws on the CPU."""
    from lmkit.core import seeding

    make = seeding.make_generator
    monkeypatch.setattr(seeding, "make_generator", lambda seed, device="cpu": make(seed))
    module = _module_beside("other_device")
    with module.other_device():
        yield module


@pytest.fixture(params=["cpu", "other", "cuda"])
def device(request: pytest.FixtureRequest) -> torch.device:
    """Every device that a test should hold on; CUDA where there is one."""
    if request.param == "other":
        return request.getfixturevalue("other").OTHER
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA device")
    return torch.device(request.param)


@pytest.fixture
def shared_data() -> Path:
    """The development data beside the checkout; a user's checkout has none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the development data is not beside this checkout")
    return SHARED_DATA


@pytest.fixture
def small_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure the machine with little, where no figure matters."""
    from lmkit.bench import machine

    monkeypatch.setattr(machine, "SIZE", 8)
    monkeypatch.setattr(machine, "COPIED", 4000)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, trained once for all tests on some two hundred words, n-grams along with it."""
    from lmkit.cli.app import exit_code

    folder = tmp_path_factory.mktemp("trained")
    text = folder / "cats.txt"
    text.write_text(CATS, encoding="utf-8")
    out = folder / "cats"
    sizes = ["model.hidden=16", "model.embedding=16", "training.batch=2", "training.time=16"]
    options = ["--out", str(out), "--epochs", "20", "--quiet"]
    options += [word for size in sizes for word in ("--set", size)]
    assert exit_code(["train", str(text), *options]) == 0
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium for the tests of one file: later ones may run an event loop of their own."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
