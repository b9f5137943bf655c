"""Surroundings of a run: defaults that do nothing."""

from lmkit.training.run_context import RunContext


def test_by_default_nothing_is_saved_resumed_or_stopped():
    context = RunContext()
    assert (context.folder, context.resume, context.fingerprint) == (None, False, "")
    assert (context.tokens_per_word, context.final_readings, context.seed) == (1.0, 0.0, 0)
    assert not context.stop()
    assert context.before_step() is None


def test_every_run_has_a_world_of_its_own():
    assert RunContext().world is not RunContext().world
