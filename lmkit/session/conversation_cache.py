"""Models that have read the earlier lines of a session, kept so that each line is read once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel

_VIEWS = 2  # a text may carry on the newest line or begin another


class ConversationCache:
    """A cache of the models that have read some lines, the last ones used."""

    def __init__(self, model: "LanguageModel") -> None:
        self._model = model
        self._views: dict[tuple[str, ...], LanguageModel] = {}

    def after(self, lines: Sequence[str]) -> "LanguageModel":
        """Return the model that has read these lines."""
        wanted = tuple(lines)
        if not wanted:
            return self._model
        begun = [known for known in self._views if known == wanted[: len(known)]]
        longest = max(begun, key=len, default=())
        view = self._views.pop(longest, self._model)
        if longest:
            self._views[longest] = view  # the latest used stands last
        if longest != wanted:
            view = self._views[wanted] = view.after(wanted[len(longest) :])
        while len(self._views) > _VIEWS:
            del self._views[next(iter(self._views))]
        return view
