"""One text is shown as far as it cannot change, and ends where its settings say."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.inference.sample_text import GenerateConfig, SampleText, most_tokens

TEXT = "the cat sat on the mat"


def written(world, text, *, prompt=(), **settings):
    """The parts of a text whose tokens are written one by one, until it ends."""
    sample = SampleText(world.vocabulary, prompt, GenerateConfig(**settings), sample=3)
    parts = []
    for token in [*world.tokenizer.encode(text), world.vocabulary.line_end_id]:
        parts.append(sample.write(token))
        if parts[-1].is_last:
            break
    return parts


def test_the_parts_joined_are_the_words_asked_for(any_world):
    parts = written(any_world, TEXT, words=3)
    assert "".join(part.text for part in parts).strip() == "the cat sat"
    assert parts[-1].is_last
    assert {part.sample for part in parts} == {3}


def test_a_stop_string_is_never_shown_and_what_may_begin_one_is_held_back(any_world):
    parts = written(any_world, TEXT, words=9, stop=("at on",))
    shown = [part.text for part in parts]
    assert "".join(shown).strip() == "the cat s"
    assert parts[-1].is_last
    assert parts[-1].is_stopped


def test_a_text_ends_at_its_line_where_asked(any_world):
    parts = written(any_world, "the cat", words=9, end="line")
    assert "".join(part.text for part in parts).strip(" ") == "the cat"
    assert parts[-1].is_stopped


def test_what_is_held_back_is_given_out_when_a_text_is_ended(any_world):
    config = GenerateConfig(words=9, stop=("never written",))
    sample = SampleText(any_world.vocabulary, (), config)
    shown = "".join(sample.write(token).text for token in any_world.tokenizer.encode("the cat"))
    held = sample.held
    assert held
    last = sample.end()
    assert len(last.text) == held
    assert (shown + last.text).strip() == "the cat"
    assert last.is_last
    assert not last.is_stopped


def test_a_text_of_no_words_still_has_room_for_a_token():
    assert most_tokens(GenerateConfig(words=0)) == most_tokens(GenerateConfig(words=1)) > 1


@pytest.mark.parametrize(
    "bad", [{"beam": -1}, {"words": -1}, {"samples": 0}, {"end": "never"}, {"stop": ("",)}]
)
def test_impossible_settings_are_refused(bad):
    with pytest.raises(UsageError):
        GenerateConfig(**bad)


def test_a_part_says_whether_a_text_ends_for_what_it_says(world):
    sample = SampleText(world.vocabulary, [], GenerateConfig(words=10, stop=("cat",)))
    the, cat = (world.tokenizer.encode(word)[0] for word in ("the", "cat"))
    assert not sample.write(the).is_stopped
    last = sample.write(cat)
    assert (last.is_last, last.is_stopped) == (True, True)
    full = SampleText(world.vocabulary, [], GenerateConfig(words=1))
    full.write(the)
    last = full.write(cat)
    assert (last.is_last, last.is_stopped) == (True, False)
