"""Several processes train one model: one leads and writes, the others follow it."""

import json
from dataclasses import replace

import pytest

from lmkit.archive.folder import load_archive
from lmkit.core.errors import DataError, LmkitError, UsageError
from lmkit.recipes import follow, train_language_model
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.results import Trained
from lmkit.training.distributed import LostProcessError
from lmkit.training.events import Finished, Saved, Status

NO_MORE = {"ngram": False, "epochs": 2.0, "preset": "tiny"}


@pytest.fixture
def trained(ask, together):
    """Train in several processes; the answer is what each came to."""

    def train(processes=2, *, steps=10**6, requests=None, **more):
        request = ask(**{**NO_MORE, **more})

        def process(world):
            asked = iter(range(10**6))
            stop = lambda: next(asked) >= steps  # noqa: E731
            own = (requests or {}).get(world.rank, request)
            try:
                if not world.is_writer:
                    return follow(own, stop=stop, world=world, local_rank=world.rank)
                return list(train_language_model(own, stop=stop, world=world))
            except LmkitError as error:
                return type(error)(str(error))  # without the frames that hold the connections

        return together(processes, process)

    return train


def test_two_processes_train_what_one_trains(trained, ask, tmp_path):
    events, reason = trained(out=tmp_path / "two")
    alone = list(train_language_model(ask(**NO_MORE, out=tmp_path / "one")))
    assert reason == "budget"
    assert events[-1].perplexity == pytest.approx(alone[-1].perplexity, rel=1e-5)
    assert (events[-1].steps, events[-1].words) == (alone[-1].steps, alone[-1].words)
    said = [event.message for event in events if isinstance(event, Status)]
    assert said == ["2 processes train together"]
    facts = load_archive(tmp_path / "two").facts["training"]
    assert facts["processes"] == 2
    assert load_archive(tmp_path / "one").facts["training"]["processes"] == 1


def test_followers_stay_until_the_model_is_written(together, ask, tmp_path):
    request = ask(**NO_MORE)

    def process(world):
        if world.is_writer:
            return list(train_language_model(request, world=world))[-1]
        follow(request, stop=lambda: False, world=world, local_rank=1)
        return (request.out / "manifest.json").is_file()

    assert together(2, process)[1] is True


def test_what_a_follower_writes_is_gone_and_it_leaves_the_folder_of_the_leader_alone(
    trained, ask, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    elsewhere = ask(**NO_MORE, out=tmp_path / "of another machine")
    events, reason = trained(out=tmp_path / "model", requests={1: elsewhere})
    assert isinstance(events[-1], Trained)
    assert reason == "budget"
    assert not elsewhere.out.exists()
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("fields", [{"direction": "both"}, {"models": "2"}])
def test_several_networks_are_trained_in_turn_by_all_processes(trained, tmp_path, fields):
    events, _ = trained(out=tmp_path / "model", epochs=1.0, **fields)
    assert len([event for event in events if isinstance(event, Finished)]) == 2
    names = {"direction": "backward.safetensors", "models": "model-2.safetensors"}
    (name,) = [names[field] for field in fields]
    assert (tmp_path / "model" / name).is_file()


def test_a_run_goes_on_with_another_number_of_processes(trained, ask, tmp_path):
    out = tmp_path / "model"
    sizes, steps = (2, 1, 3), (9, 12, 10**6)
    for processes, until in zip(sizes, steps, strict=True):
        given = {} if processes == 2 else {"resume": True, "epochs": None, "preset": None}
        ended = trained(processes, steps=until, out=out, **given)
        assert len(set(ended[1:])) <= 1
    alone = list(train_language_model(ask(**NO_MORE, out=tmp_path / "one")))
    assert ended[0][-1].steps == alone[-1].steps
    assert ended[0][-1].perplexity == pytest.approx(alone[-1].perplexity, rel=1e-3)


def test_the_text_is_read_by_all_and_another_text_is_refused(trained, ask, small_text, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(small_text.read_text() + "one line more\n", encoding="utf-8")
    asked = {1: ask(**NO_MORE, sources=(str(other),))}
    leader, follower = trained(requests=asked)
    assert isinstance(follower, DataError)
    assert str(follower).startswith("process 1 reads another text than the first one")
    assert isinstance(leader, LostProcessError)


def test_more_processes_than_streams_are_refused_in_one_sentence(trained):
    leader, *followers = trained(3, settings=("hidden=8", "batch=2"))
    assert isinstance(leader, UsageError)
    assert str(leader).startswith("3 processes cannot share the 2 streams of this text")
    assert all(isinstance(follower, LostProcessError) for follower in followers)


def test_an_error_of_the_leader_ends_the_followers(trained, tmp_path):
    leader, follower = trained(sources=(str(tmp_path / "missing.txt"),))
    assert isinstance(leader, DataError)
    assert isinstance(follower, LostProcessError)


def test_standard_input_is_refused_for_several_processes(trained):
    leader, _ = trained(sources=("-",))
    assert isinstance(leader, UsageError)
    assert "only one process can read" in str(leader)


def test_checkpoints_by_steps_are_written_by_the_leader(trained, tmp_path):
    settings = ("hidden=8", "batch=4", "time=8", "checkpoint_steps=10")
    events, _ = trained(out=tmp_path / "model", settings=settings)
    *by_steps, last = [event.step for event in events if isinstance(event, Saved)]
    assert by_steps == list(range(10, last + 1, 10))[: len(by_steps)]
    assert len(by_steps) >= 2


def test_the_restart_of_a_launch_goes_on_and_another_launch_does_not(ask, run_phase):
    asked = ask(**NO_MORE, launch="job-7")
    run_phase(prepare(resolve(asked)))
    again = resolve(replace(asked, force=True))
    assert again.stored is not None
    assert (again.request.resume, again.request.force) == (True, False)
    with pytest.raises(UsageError, match="--resume"):
        resolve(replace(asked, launch="job-8"))
    with pytest.raises(UsageError, match="--resume"):
        resolve(replace(asked, launch=None))
    anew = resolve(replace(asked, launch="job-8", force=True))
    assert anew.stored is None


def test_the_settings_that_followers_are_told_are_json(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(**NO_MORE, launch="job-7"))))
    told = json.loads(json.dumps(data.run.settings(data.text)))
    assert told["launch"] == "job-7"
    assert told["text"] == data.text.key
