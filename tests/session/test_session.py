import json
import random

import pytest

from lmkit import LanguageModel
from lmkit.cli.app import exit_code
from lmkit.core.errors import UsageError
from lmkit.results import Filling, GateTrace, NextWords
from lmkit.session import Session, Settings
from lmkit.session.commands import COMMANDS
from lmkit.terminal.output import json_line
from lmkit.terminal.replies import draw


def test_a_blank_is_filled(session):
    reply = session.handle("the ___ sat on the mat .")
    assert reply.kind == "fill"
    assert isinstance(reply.result, Filling)
    assert len(reply.result.fillings) == 5


def test_plain_text_is_continued(session):
    reply = session.handle("the cat")
    assert reply.kind == "continue"
    assert isinstance(reply.result, NextWords)
    assert reply.continuation.text.startswith("the cat")


def test_text_that_ends_inside_a_word_is_completed(session):
    reply = session.handle("the cat sa")
    assert reply.kind == "complete"
    assert {guess.word for guess in reply.result.words} == {"sat", "saw"}


@pytest.mark.parametrize("pick", ["2", "/pick 2", "/2"])
def test_a_numbered_answer_goes_into_the_text(session, pick):
    second = session.handle("the ___ sat").result.fillings[1].text
    reply = session.handle(pick)
    assert (reply.kind, reply.text) == ("picked", second)


def test_a_next_word_is_put_behind_the_text(session):
    best = session.handle("the cat sat on").result.words[0].word
    assert session.handle("1").text == f"the cat sat on {best}"


def test_a_picked_completion_replaces_the_begun_word(session):
    best = session.handle("the cat sa").result.words[0].word
    assert session.handle("1").text == f"the cat {best}"


def test_filling_picking_and_scoring_agree(session, model_folder):
    model = LanguageModel.load(model_folder)
    answer = model.fill("the ___ sat on the mat .", choices=["cat", "dog", "mat"])
    bits = [model.score(filled.text).bits for filled in answer.fillings]
    weights = [2**-value for value in bits]
    assert [filled.probability for filled in answer.fillings] == pytest.approx(
        [weight / sum(weights) for weight in weights], rel=1e-3
    )
    assert bits == sorted(bits)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("hlep", "help"), ("temprature", "temp"), ("comp", "compare"), ("TPO", "top")],
)
def test_a_mistyped_command_names_the_nearest(session, typed, meant):
    assert f"did you mean {meant!r}" in session.handle(f"/{typed} 3").message


def test_a_command_is_known_in_capitals(session):
    assert session.handle("/TOP 3").message == "3 answers"
    assert session.handle("/help /Top").message.startswith("/top N")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        *(("/top", "5 answers"), ("/temp", "temperature 0.8"), ("/seed", "seed 0")),
        *(("/words", "continuations of 5 words"), ("/cache", "adapting while reading: cache")),
        *(("/learn", "what you type is neither stored nor used"), ("/json", "answers as tables")),
        ("/compare", "one model answers; /compare DIR adds a second one"),
    ],
)
def test_a_setting_without_its_value_says_how_it_stands(session, line, said):
    before = session.settings
    assert session.handle(line).message == said
    assert session.settings == before


def test_settings_change_what_is_answered(session):
    session.handle("/top 2")
    session.handle("/words 3")
    reply = session.handle("the cat")
    assert len(reply.result.words) == 2
    assert reply.continuation.words <= 3


@pytest.mark.parametrize(
    "line",
    [
        *("/top 0", "/top x", "/temp nan", "/temp -1", "/seed 1.5", "/cache maybe", "/learn x"),
        *("/compare /no/such", "/model /no/such", "/save", "/load", "/load /no/such", "/gates"),
        *("/surprisal", "/help xyz"),
    ],
)
def test_what_a_command_cannot_do_changes_nothing(session, line):
    before = session.settings
    reply = session.handle(line)
    assert reply.kind == "error"
    assert reply.message
    assert session.settings == before


def test_the_same_seed_continues_the_same(session):
    session.handle("/cache off")  # what was typed before changes the answer otherwise
    first = session.handle("the").continuation.text
    assert session.handle("the").continuation.text == first
    session.handle("/temp 5")
    session.handle("/seed 2")
    assert session.handle("the").continuation.text != first


def test_the_cache_can_be_switched(session):
    session.handle("/cache on")
    assert session.settings.adapt == "cache"
    assert session.handle("the cat").kind == "continue"
    session.handle("/cache off")
    assert session.settings.adapt == "none"


def test_two_models_answer_side_by_side(session, model_folder):
    session.handle(f"/compare {model_folder}")
    reply = session.handle("the ___ sat")
    assert reply.other_result == reply.result
    assert reply.to_dict()["model"] == reply.to_dict()["other"]["model"] == str(model_folder)
    session.handle("/compare off")
    assert session.handle("the cat").other_result is None


def test_answers_of_both_models_are_numbered_through_and_picked(session, model_folder):
    session.handle("/top 3")
    session.handle(f"/compare {model_folder}")
    reply = session.handle("the ___ sat")
    assert session.handle("5").text == reply.other_result.fillings[1].text
    reply = session.handle("the cat sat")
    assert session.handle("6").text == f"the cat sat {reply.other_result.words[2].word}"


def test_gates_of_the_last_text(session):
    session.handle("the cat")
    reply = session.handle("/gates")
    assert isinstance(reply.result, GateTrace)
    assert reply.result.words == ("the", "cat")


def test_a_session_is_saved_and_loaded(session, opened, model_folder):
    session.handle("/top 3")
    session.handle("the cat sat")
    session.handle("/save kept.json")
    other = Session(opened, Settings(folder=str(model_folder)))
    reply = other.handle("/load kept.json")
    assert reply.text == "the cat sat"
    assert other.settings == session.settings
    assert other.conversation.lines == ("the cat sat",)


def test_perplexity_and_rate_are_on_the_status_line(session):
    session.handle("the cat sat on the mat .")
    assert "perplexity" in session.status()
    assert "words/s" in session.status()
    assert 1 < session.conversation.perplexity() < 100


def test_ghost_text_finishes_or_goes_on(session):
    best = session.handle("the cat sa").result.words[0].word
    assert session.ghost("the cat sa") == best.removeprefix("sa")
    assert session.ghost("the cat sat").startswith(" ")
    assert not session.ghost("the cat sat ").startswith(" ")
    for silent in ("", "/top", "?the", "the ___"):
        assert session.ghost(silent) == ""


def test_suggestions_are_whole_texts(session):
    assert all(text.startswith("the cat sa") for text in session.suggestions("the cat sa"))
    assert all(text.startswith("the cat ") for text in session.suggestions("the cat "))


def test_a_setting_out_of_range_is_refused():
    with pytest.raises(UsageError):
        Settings(folder="x", top=0)
    with pytest.raises(UsageError):
        Settings(folder="x", adapt="often")


def test_help_knows_every_command(session):
    shown = session.handle("/help").message
    assert all(f"/{name}" in shown for name in COMMANDS)
    assert max(map(len, shown.splitlines())) <= 80
    assert session.handle("/help top").message.startswith("/top N")


def test_unknown_words_are_named_and_known_spellings_used(session):
    reply = session.handle("The zyzzyva saw a Dog")
    assert reply.notice == (
        "unknown to the model: zyzzyva; read as known words: The as the, Dog as dog"
    )
    assert reply.text == "the zyzzyva saw a dog"
    assert reply.to_dict()["notice"] == reply.notice
    assert session.handle("the cat").notice == ""


def test_known_spellings_are_used_around_a_blank_and_before_a_begun_word(session):
    assert session.handle("The ___ sat on the Mat .").text == "the ___ sat on the mat ."
    reply = session.handle("The cat sa")
    assert (reply.kind, reply.text) == ("complete", "the cat sa")
    assert "sa" not in reply.notice.split()
    assert session.ghost("The cat sa") == session.ghost("the cat sa") != ""
    assert session.ghost("The cat sat") == session.ghost("the cat sat") != ""


def test_a_text_that_is_scored_or_learnt_stays_as_it_was_typed(session):
    assert session.handle("?The cat").text == "The cat"
    session.handle("/learn on")
    reply = session.handle("The cat saw")
    assert reply.text == "The cat saw"
    assert reply.notice == "unknown to the model: The"


@pytest.fixture(scope="module")
def backward_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backward")
    (folder / "cats.txt").write_text("the cat sat on the mat .\na dog saw the cat .\n" * 12)
    sizes = ["model.hidden=8", "model.embedding=8", "training.batch=2", "training.time=8"]
    options = ["--out", str(folder / "model"), "--epochs", "2", "--quiet"]
    options += ["--direction", "backward", *(word for size in sizes for word in ("--set", size))]
    assert exit_code(["train", str(folder / "cats.txt"), *options]) == 0
    return folder / "model"


def test_a_model_that_reads_backward_fills_and_scores_and_says_so(opened, backward_folder):
    session = Session(opened, Settings(folder=str(backward_folder)))
    assert not session.reads_forward
    assert session.handle("the ___ sat").kind == "fill"
    assert session.handle("?the cat sat").kind == "score"
    for line in ("the cat", "the cat sa", "/complete the"):
        reply = session.handle(line)
        assert reply.kind == "error"
        assert "reads backward: it fills blanks" in reply.message
    assert session.ghost("the cat") == ""
    assert session.suggestions("the cat ") == []


@pytest.mark.slow
def test_five_thousand_arbitrary_lines_are_answered(session):
    chance = random.Random(0)
    session.handle("/words 2")
    kinds = set()
    for _ in range(5000):
        reply = session.handle(arbitrary_line(chance))
        json.loads(json_line(reply.to_dict()))
        draw(reply)
        kinds.add(reply.kind)
    assert {"fill", "continue", "complete", "score", "said", "error", "picked"} <= kinds


PARTS = ("___", "app___", "?", "/", "/pick ", "2", "the", "cat", "sa", " ", "\t", "\n")
MORE = ("\x1b[2J", "\0", "\ud800", "👩\u200d🚀", "漢字", "é", "\u202e", "<unk>", "'", ".", ",", "-")
NAMES = tuple(f"/{name} " for name in COMMANDS if name not in ("save", "learn", "model", "compare"))


def arbitrary_line(chance):
    if chance.random() < 0.3:
        return "".join(chr(chance.randrange(0x11000)) for _ in range(chance.randrange(30)))
    if chance.random() < 0.1:
        return chance.choice(NAMES) + chance.choice(("", "x", "3", "on", "off", "-1", "1e400"))
    return "".join(
        chance.choice(PARTS + MORE) + chance.choice(("", " ", " "))
        for _ in range(chance.randrange(7))
    )
