"""The WebAssembly of the page against its source."""

import base64
import re
import shutil
import subprocess

import pytest

from lmkit.interop.html.page import static_folder


def committed() -> bytes:
    code = (static_folder() / "engine" / "kernel.js").read_text(encoding="utf-8")
    return base64.b64decode("".join(re.findall(r"'([^']+)'", code.partition("KERNEL =")[2])))


def test_the_committed_bytes_are_what_the_source_gives(tmp_path):
    wat2wasm = shutil.which("wat2wasm")
    if wat2wasm is None:
        pytest.skip("wat2wasm (of wabt) is not installed")
    made = tmp_path / "kernel.wasm"
    source = static_folder() / "engine" / "kernel.wat"
    subprocess.run([wat2wasm, str(source), "-o", str(made)], check=True, timeout=60)
    assert made.read_bytes() == committed()


def test_the_kernel_is_a_few_hundred_bytes():
    assert committed()[:4] == b"\0asm"
    assert len(committed()) < 1000
