"""Lines that a session remembers for the cache, and typed text for the personal layer."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmkit import LanguageModel, ModelOptions
from lmkit.archive.options import choose_adapters
from lmkit.core.errors import UsageError
from lmkit.results import Score, ScoredWord
from lmkit.session import Session, Settings
from lmkit.session.settings import FITTED, KEPT, Conversation

WORDS = ("the", "cat", "dog", "sat", "saw", "mat", "on", "was", "there", ".")


def opened(folder, adapt):
    adapters = choose_adapters((), adapt=None if adapt == FITTED else adapt)
    return LanguageModel.load(folder, ModelOptions(adapters=adapters))


@pytest.fixture
def session(model_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Session(opened, Settings(folder=str(model_folder), words=2, adapt="none"))


@pytest.fixture
def typed(tmp_path):
    return tmp_path / "lmkit" / "typed.txt"


def said(session):
    return (*session.conversation.lines, session.conversation.newest)


def test_a_text_that_grows_is_one_line_of_the_session(session):
    session.handle("the cat")
    session.handle("1")
    picked = session.conversation.newest
    assert picked.startswith("the cat ")
    session.handle(picked)
    session.handle(f"{picked} the")
    assert said(session) == (f"{picked} the",)
    session.handle("the ___ sat")
    session.handle("2")
    session.handle("?a dog")
    session.handle("?a dog")
    assert [line.split()[0] for line in said(session)] == ["the", "the", "a", "a"]


def test_the_cache_remembers_the_whole_session(session, model_folder):
    session.handle("the dog saw a mat")
    session.handle("/cache on")
    session.handle("a cat was there")
    answer = session.handle("the dog saw a").result
    model = LanguageModel.load(model_folder, ModelOptions(adapters=("cache",)))
    assert answer == model.after(["the dog saw a mat", "a cat was there"]).next("the dog saw a")
    assert answer != model.next("the dog saw a")
    session.handle("/cache off")
    assert session.handle("the dog").result == opened(model_folder, "none").next("the dog")


def test_a_phrase_learnt_is_suggested_and_erased_as_if_never_typed(session, typed):
    session.handle("/top 50")
    before = session.handle("the mat saw").result
    session.handle("/learn on")
    for _ in range(20):
        session.handle("the mat saw Zsófia")
    after = session.handle("the mat saw").result
    assert "Zsófia" in [guess.word for guess in after.words]
    assert typed.read_text().splitlines() == ["the mat saw Zsófia"] * 20
    shown = session.handle("/learn show").message.splitlines()
    assert shown[-2:] == ["the mat saw", f"21 lines in {typed}"]
    assert session.handle("/learn erase").message == f"21 lines erased with {typed}"
    assert not typed.exists()
    assert session.handle("the mat saw").result == before
    session.handle("/learn off")
    assert typed.read_text() == "the mat saw\n"
    assert session.handle("the mat saw").result == before
    session.handle("the cat")
    assert typed.read_text() == "the mat saw\n"


def test_learning_is_off_unless_asked_for(session, typed):
    session.handle("the cat")
    session.handle("the dog")
    session.close_text()
    assert not typed.exists()
    assert "/learn on|off|show|erase" in session.handle("/help").message


def test_both_models_count_what_was_typed_once(session, model_folder, typed):
    session.handle("/learn on")
    session.handle(f"/compare {model_folder}")
    for _ in range(3):
        session.handle("the mat saw the mat")
    reply = session.handle("the mat")
    assert reply.other_result == reply.result
    assert len(typed.read_text().splitlines()) == 3


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    st.sets(st.integers(0, 6), min_size=1, max_size=2),
    st.integers(1, 5),
    st.booleans(),
)
def test_what_is_filled_picked_and_scored_agrees(session, words, blanks, number, is_cached):
    session.handle("/cache on" if is_cached else "/cache off")
    blanks = {min(place, len(words) - 1) for place in blanks}
    text = " ".join("___" if place in blanks else word for place, word in enumerate(words))
    bits = []
    filling = session.handle(text).result
    for pick in (1, number):
        lines = session.conversation.before(text)
        assert session.handle(text).result.fillings[0].text
        picked = session.handle(str(pick)).text
        if not is_cached:
            assert picked == filling.fillings[pick - 1].text
        asked = session.handle(f"?{picked}")
        assert session.conversation.lines == lines
        bits.append(asked.result.bits)
    if not is_cached:
        best, other = filling.fillings[0].probability, filling.fillings[number - 1].probability
        assert best / other == pytest.approx(2 ** (bits[1] - bits[0]), rel=0.01)


@pytest.mark.slow
def test_arbitrary_lines_are_learnt_and_remembered(session):
    chance = random.Random(1)
    session.handle("/learn on")
    session.handle("/cache on")
    for _ in range(150):
        line = "".join(chr(chance.randrange(0x3000)) for _ in range(chance.randrange(30)))
        session.handle(line)
        session.ghost(line)
    assert session.handle("/learn erase").kind == "said"


@pytest.mark.parametrize(
    "bad",
    [{"top": 0}, {"words": 10_001}, {"temperature": -1}, {"seed": -1}, {"adapt": "often"}],
)
def test_a_setting_out_of_range_is_refused_by_name(bad):
    with pytest.raises(UsageError, match=next(iter(bad))):
        Settings(folder="x", **bad)


def test_the_file_of_typed_text_is_the_one_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert Settings(folder="x").file() == tmp_path / "lmkit" / "typed.txt"
    assert Settings(folder="x", personal=str(tmp_path / "own")).file() == tmp_path / "own"


def test_a_conversation_keeps_its_last_lines():
    conversation = Conversation()
    for number in range(2 * KEPT + 1):
        conversation = Conversation(lines=conversation.lines, newest=str(number)).closed()
    assert conversation.lines == tuple(map(str, range(KEPT + 1, 2 * KEPT + 1)))
    assert conversation.closed() is conversation


def test_perplexity_is_finite_however_surprising_a_text_is():
    assert Conversation().perplexity() == 0
    assert Conversation(bits=20.0, scored=10).perplexity() == pytest.approx(4)
    assert Conversation(bits=5000.0, scored=1).perplexity() < float("inf")


def test_the_surprisal_of_several_lines_is_counted_together():
    word = ScoredWord("cat", 3.0, 1, 2.0, unknown=False)
    one, two = Score("cat", (word,), 3.0, 8.0), Score("cat cat", (word, word), 6.0, 8.0)
    scored = Conversation(text="cat", bits=1.0, scored=1).scored_with([one, two])
    assert (scored.bits, scored.scored, scored.text) == (10.0, 4, "cat")
    assert scored.scored_with([]) == scored
