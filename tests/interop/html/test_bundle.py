"""Bundling of modules into one script, run by node beside the modules themselves."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lmkit.core.errors import LmkitError
from lmkit.interop.html.bundle import bundle

MODULES = {
    "page.js": (
        "import { greet as hello, NAMES } from './parts/greet.js'\n"
        "import * as all from './parts/greet.js'\n"
        "import './parts/effect.js'\n"
        "import {\n  Animal,\n  twice,\n} from './parts/again.js';\n\n"
        "/**\n * Say something.\n * @import {Animal} from './parts/again.js'\n */\n"
        "const greeting = hello(NAMES[0])\n"
        "console.log(greeting, all.greet('you'), new Animal('cat').say(), twice(4))\n"
        "import('./parts/greet.js').then((later) => console.log(later.NAMES.length))\n"
    ),
    "parts/greet.js": (
        "export const NAMES = ['cat', 'dog']\n"
        "export function greet(name) {\n  return `hello </script> ${name} <!-- x`\n}\n"
    ),
    "parts/effect.js": "console.log('effect')\n",
    "parts/again.js": (
        "export { twice } from '../sums.js'\n"
        "class Pet {\n  constructor(name) { this.name = name }\n  say() { return this.name }\n}\n"
        "export { Pet as Animal }\n"
    ),
    "sums.js": "export async function later() {}\nexport function twice(x) { return 2 * x }\n",
}


def written(folder: Path, modules: dict[str, str]) -> Path:
    for name, code in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    return folder


def said_by(path: Path) -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run([node, str(path)], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_the_script_does_what_the_modules_do(tmp_path):
    folder = written(tmp_path, MODULES)
    (folder / "package.json").write_text('{"type": "module"}')
    script = folder / "bundle.cjs"
    script.write_text(bundle(folder, "page.js"), encoding="utf-8")
    said = said_by(script)
    assert said == said_by(folder / "page.js")
    assert said.splitlines()[0] == "effect"


def test_no_part_of_the_script_can_end_it(tmp_path):
    script = bundle(written(tmp_path, MODULES), "page.js")
    assert "</script" not in script
    assert "<!--" not in script


def test_comments_of_types_are_left_out_and_equal_modules_give_equal_bytes(tmp_path):
    folder = written(tmp_path, MODULES)
    script = bundle(folder, "page.js")
    assert "@import" not in script
    assert script == bundle(folder, "page.js")


def test_a_module_that_two_import_is_there_once(tmp_path):
    assert bundle(written(tmp_path, MODULES), "page.js").count("const NAMES") == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import { x } from './none.js'\n", "none.js"),
        ("import { x } from 'lit'\n", "its own modules alone"),
        ("export default 3\n", "export default 3"),
        ("export let x = 3\n", "export let x"),
        ("import x from './sums.js'\n", "import x"),
        ("console.log(import.meta.url)\n", "import.meta"),
        ("export * from './sums.js'\n", "export \\*"),
        ("import './page.js'\n", "circle"),
    ],
)
def test_a_form_that_cannot_be_bundled_is_refused(tmp_path, code, said):
    folder = written(tmp_path, {**MODULES, "page.js": code})
    with pytest.raises(LmkitError, match=said):
        bundle(folder, "page.js")


def test_a_module_may_lie_outside_of_the_folder(tmp_path):
    folder = written(tmp_path, {"sums.js": MODULES["sums.js"], "page/page.js": ""}) / "page"
    (folder / "page.js").write_text("import { twice } from '../sums.js'\ntwice(1)\n")
    assert "return 2 * x" in bundle(folder, "page.js")


def test_lmkits_own_page_can_be_bundled():
    from lmkit.interop.html.page import static_folder

    script = bundle(static_folder(), "page.js")
    assert "class BrowserEngine" in script
    assert "class HttpEngine" in script


def test_lmkits_own_engine_can_be_bundled():
    from lmkit.interop.html.page import static_folder

    script = bundle(static_folder(), "engine/browser_engine.js")
    assert "class BrowserEngine" in script
