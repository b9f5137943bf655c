import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory

from lmkit import LanguageModel, ModelOptions
from lmkit.archive.options import choose_adapters
from lmkit.session import Session, Settings
from lmkit.session.settings import FITTED
from lmkit.terminal.editing import GhostText, WordList, new_prompt


@pytest.fixture
def session(model_folder):
    def opened(folder, adapt):
        adapters = choose_adapters((), adapt=None if adapt == FITTED else adapt)
        return LanguageModel.load(folder, ModelOptions(adapters=adapters))

    return Session(opened, Settings(folder=str(model_folder), words=2))


def ghost(session, text, cursor=None):
    document = Document(text, len(text) if cursor is None else cursor)
    suggestion = GhostText(session).get_suggestion(Buffer(), document)
    return None if suggestion is None else suggestion.text


def listed(session, text):
    return list(WordList(session).get_completions(Document(text), CompleteEvent()))


def test_the_ghost_is_the_rest_of_a_begun_word(session):
    assert f"sa{ghost(session, 'the cat sa')}" in ("sat", "saw")


def test_the_ghost_is_the_next_word_after_a_whole_one(session):
    assert ghost(session, "the cat sat").strip() == "on"


def test_there_is_no_ghost_in_the_middle_of_a_line(session):
    assert ghost(session, "the cat sat", cursor=3) is None


@pytest.mark.parametrize("text", ["", "/top", "?the", "the ___"])
def test_there_is_no_ghost_where_nothing_may_be_written(session, text):
    assert ghost(session, text) is None


def test_commands_are_listed_after_a_slash(session):
    assert [found.text for found in listed(session, "/te")] == ["/temp"]
    assert {"/save", "/seed", "/surprisal"} == {found.text for found in listed(session, "/s")}


def test_whole_texts_are_listed_and_their_last_word_shown(session):
    found = listed(session, "the cat sa")
    assert {one.text for one in found} == {"the cat sat", "the cat saw"}
    assert {one.display_text for one in found} == {"sat", "saw"}
    assert all(one.start_position == -len("the cat sa") for one in found)


def test_the_history_is_kept_in_a_file_or_in_memory(session, tmp_path, monkeypatch):
    made = {}
    monkeypatch.setattr(
        "lmkit.terminal.editing.PromptSession", lambda *_, **options: made.update(options)
    )
    new_prompt(session, tmp_path / "history")
    assert isinstance(made["history"], FileHistory)
    new_prompt(session, None)
    assert isinstance(made["history"], InMemoryHistory)
    assert made["bottom_toolbar"]().strip() == session.status()
