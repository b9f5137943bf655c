"""Limits and options are checked values."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.serve.options import Limits, ServeOptions


def test_the_defaults_are_for_this_machine_alone():
    options = ServeOptions()
    assert (options.host, options.api_key, options.origins) == ("127.0.0.1", "", ())
    assert not options.log_text
    assert (options.limits.rows, options.limits.queue) == (64, 512)


@pytest.mark.parametrize("name", ["rows", "seconds", "body_bytes", "prompt_tokens"])
def test_a_limit_of_0_is_refused(name):
    with pytest.raises(UsageError, match=name):
        Limits(**{name: 0})


def test_no_queue_and_no_kept_prefixes_are_possible():
    limits = Limits(queue=0, prefix_bytes=0)
    assert (limits.queue, limits.prefix_bytes) == (0, 0)


def test_an_unknown_precision_is_refused():
    with pytest.raises(UsageError, match="no precision named 'double'"):
        ServeOptions(precision="double")
