"""Generators: equal where seed and step are, unrelated elsewhere."""

import ast
from pathlib import Path

import pytest
import torch

import lmkit
from lmkit.core.seeding import SEED_LIMIT, make_generator, split_seed, step_generator

PACKAGE = Path(lmkit.__file__).parent
GLOBAL = {"manual_seed", "seed", "initial_seed", "get_rng_state", "set_rng_state", "fork_rng"}
DRAWS = {"rand", "randn", "randint", "randperm", "normal", "multinomial", "bernoulli"}
DRAWS |= {"random_", "normal_", "bernoulli_", "uniform_", "exponential_"}
SILENT = {"dropout", "Dropout", "alpha_dropout", "rand_like", "randn_like", "randint_like"}


def drawn(generator: torch.Generator) -> list[int]:
    return torch.randint(2**31, (4,), generator=generator).tolist()


def test_equal_seeds_give_equal_draws():
    assert drawn(make_generator(7)) == drawn(make_generator(7))
    assert drawn(make_generator(7)) != drawn(make_generator(8))


@pytest.mark.parametrize("seed", [-1, SEED_LIMIT, 2**80])
def test_any_integer_is_a_seed(seed):
    assert drawn(make_generator(seed)) == drawn(make_generator(seed))


def test_a_step_has_draws_of_its_own_by_seed_and_step():
    places = [(seed, step) for seed in (0, 1, 12) for step in (0, 1, 2)]
    found = {tuple(drawn(step_generator(*place))) for place in places}
    assert len(found) == len(places)
    assert drawn(step_generator(1, 2)) == drawn(step_generator(1, 2))
    assert drawn(step_generator(1, 23)) != drawn(step_generator(12, 3))


def test_making_generators_leaves_the_global_one_alone():
    before = torch.get_rng_state()
    drawn(step_generator(3, 4))
    assert torch.equal(before, torch.get_rng_state())


def called(node: ast.Call) -> tuple[str, str]:
    """Return the owner and the name of what is called, as far as they are written there."""
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value
        return (owner.id if isinstance(owner, ast.Name) else ""), node.func.attr
    return "", node.func.id if isinstance(node.func, ast.Name) else ""


def draws_globally(node: ast.Call) -> bool:
    owner, name = called(node)
    if owner in ("torch", "random", "np") and name in GLOBAL:
        return True
    if owner in ("functional", "nn", "torch", "init") and name in SILENT:
        return True
    is_torch = owner in ("torch", "init") or name.endswith("_")
    return is_torch and name in DRAWS and "generator" not in {word.arg for word in node.keywords}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_no_module_draws_from_a_global_generator(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Call) and draws_globally(n)]
    assert not found, f"{path.name} draws from the global generator in lines {found}"


def test_the_search_for_global_draws_finds_them():
    guilty = ["torch.manual_seed(0)", "torch.rand(3)", "x.bernoulli_(0.5)", "nn.Dropout(0.1)"]
    innocent = ["torch.rand(3, generator=g)", "g.manual_seed(0)", "x.random_(generator=g)"]
    assert all(draws_globally(ast.parse(line).body[0].value) for line in guilty)
    assert not any(draws_globally(ast.parse(line).body[0].value) for line in innocent)


def test_a_seed_is_split_into_seeds_of_their_own():
    parts = split_seed(5, 3)
    assert len({5, *parts}) == 4
    assert parts == split_seed(5, 3)
    assert parts[:2] == split_seed(5, 2)
    assert not set(parts) & set(split_seed(6, 3))
    for part in parts:
        make_generator(part)
