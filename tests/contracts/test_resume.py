"""A run that was interrupted ends with the bytes of one that was not, in every arrangement.

Interrupts come at steps drawn by chance from a fixed seed, in the middle of epochs, and in any of
the processes; dropout and sampling draw at every step, and the weights are averaged.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from lmkit.recipes import TrainRequest, follow, train_language_model
from lmkit.recipes.calibrate import unfitted
from lmkit.results import Trained
from lmkit.training.events import Finished
from lmkit.training.world import SingleProcess

SMALL = ("layers=1", "hidden=8", "embedding=8", "batch=5", "time=8", "validations=3")
DROPPED = tuple(f"dropout_{kind}=0.2" for kind in ("embedding", "output", "words", "weights"))
SAMPLED = ("head=sampled", "samples=5", "row_updates=1")  # a table that moves row by row
BACKWARD = {"direction": "backward"}
FILES = ("model.safetensors", "backward.safetensors", "model-2.safetensors")
NEVER = 10**6
Going = Callable[..., list[int]]

INTERRUPTIONS = (1, 2, 5)  # of a run, each in every arrangement

# Settings, and fields of the request.
ARRANGEMENTS = {
    "average of the tail": ((*SMALL, *DROPPED, "averaging=tail", "average_from=0.3"), BACKWARD),
    "moving average, samples": ((*SMALL, *DROPPED, *SAMPLED, "averaging=moving"), BACKWARD),
    "triggered average": ((*SMALL, *DROPPED, "averaging=triggered", "validations=9"), BACKWARD),
    "both directions": ((*SMALL, *DROPPED, "averaging=tail"), {"direction": "both"}),
    "two models of both": ((*SMALL, *DROPPED), {"direction": "both", "models": "2"}),
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Keep the ids out of the user's cache; no test cuts the power."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("lmkit.core.files.sync", lambda path: None)


@pytest.fixture(autouse=True)
def nothing_fitted(monkeypatch):
    """Leave out the fitting of adapters, which comes when the bytes compared are there."""

    def left_out(data, results):
        yield from ()
        return unfitted(data.run)

    monkeypatch.setattr("lmkit.recipes.pipeline.calibrate", left_out)


@pytest.fixture
def text(tmp_path) -> Path:
    """Ninety lines of twenty words."""
    chance = random.Random(0)
    words = [f"word{number}" for number in range(20)]
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(chance.choices(words, k=6)) + "\n" for _ in range(90)))
    return path


@pytest.fixture
def go(text, together) -> Going:
    """Train, or go on, until so many steps were taken; the answer is the steps of each network."""

    def going(out: Path, settings, *, processes: int, steps: int, rank: int = 0, **more) -> list:
        resume = (out / "training").is_dir()
        given = {} if resume else {"settings": settings, "preset": "tiny", "epochs": 1.6, **more}
        request = TrainRequest(
            sources=(str(text),), out=out, resume=resume, ngram=None if resume else False, **given
        )

        def process(world) -> list[int]:
            asked = iter(range(NEVER))
            stop = lambda: next(asked) >= steps and world.rank == rank  # noqa: E731
            if not world.is_writer:
                follow(request, stop=stop, world=world, local_rank=world.rank)
                return []
            events = list(train_language_model(request, stop=stop, world=world))
            assert isinstance(events[-1], Trained)
            return [event.step for event in events if isinstance(event, Finished)]

        return process(SingleProcess()) if processes == 1 else together(processes, process)[0]

    return going


def written(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES if (out / name).is_file()}


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("name", ARRANGEMENTS)
def test_a_run_interrupted_again_and_again_ends_with_the_same_bytes(go, tmp_path, name, processes):
    settings, more = ARRANGEMENTS[name]
    whole = go(tmp_path / "whole", settings, processes=processes, steps=NEVER, **more)
    expected = written(tmp_path / "whole")
    chance = random.Random(f"{name} {processes}")
    for interruptions in INTERRUPTIONS:
        out = tmp_path / str(interruptions)
        length = sum(whole) // (interruptions + 1)
        for _ in range(interruptions):
            steps, rank = chance.randint(1, length), chance.randrange(processes)
            go(out, settings, processes=processes, steps=steps, rank=rank, **more)
        assert go(out, settings, processes=processes, steps=NEVER) == whole
        assert written(out) == expected
