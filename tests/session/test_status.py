"""The status line names what is not as usual, and nothing else."""

from lmkit.session.settings import Conversation, Settings
from lmkit.session.status import status_line


def test_a_new_session_shows_its_model_alone():
    assert status_line(Settings(folder="models/mine"), Conversation(), learning="none") == "mine"


def test_a_model_without_a_name_shows_its_folder():
    assert status_line(Settings(folder="/"), Conversation(), learning="none") == "/"


def test_all_that_is_known_stands_in_one_line():
    settings = Settings(folder="a/mine", other="b/yours", learn=True, personal="x/typed.txt")
    conversation = Conversation(rate=1234.4, bits=6.0, scored=2)
    assert status_line(settings, conversation, learning="cache") == (
        "mine · compared with yours · adapting: cache · storing in typed.txt · "
        "1,234 words/s · perplexity 8"
    )
