"""One text that is generated: its settings, how much of it is shown, and where it ends.

Knows token ids and their text, and no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lmkit.core.errors import UsageError
from lmkit.inference.sampling import SamplingConfig
from lmkit.inference.text_stream import TextStream, begins_word
from lmkit.inference.vocabulary import Vocabulary

ENDS = ("words", "line", "paragraph")
_TOKENS_A_WORD = 24  # a character model may never end its word: it is stopped after so many


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateConfig:
    """Settings of generation: how much to write, how freely, and where to stop.

    Attributes:
        words: Most words: tokens between white space (and characters of scripts without spaces).
        samples: Texts written side by side.
        seed: Equal seeds write equal texts.
        sampling: Settings of the draw.
        end: Place of the end before the number of words: "words" nowhere, "line" at the end of a
            line, "paragraph" at an empty line.
        stop: Strings; a text ends before the first of them that it writes.
        banned: Words never written.
        forced: Words the text begins with, after the prompt.
        beam: Search so many ways side by side for the most probable ends of the line, in place of
            drawing; 0: draw. `sampling`, `seed`, `end`, `stop` and `forced` are for drawing alone.
    """

    words: int = 50
    samples: int = 1
    seed: int = 0
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    end: str = "words"
    stop: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    beam: int = 0

    def __post_init__(self) -> None:
        if self.words < 0:
            raise UsageError(f"the number of words cannot be negative, got {self.words}")
        if self.samples < 1:
            raise UsageError(f"the number of samples must be at least 1, got {self.samples}")
        if self.beam < 0:
            raise UsageError(f"the width of a beam cannot be negative, got {self.beam}")
        if self.end not in ENDS:
            raise UsageError(f"no end named {self.end!r}; choose from {', '.join(ENDS)}")
        if not all(self.stop):
            raise UsageError("a stop string cannot be empty; leave it out")


@dataclass(frozen=True, slots=True)
class Part:
    """The next text of one sample.

    Attributes:
        sample: Number of the sample, from 0.
        text: The text that comes to it; may be empty.
        words: Words of the sample so far.
        is_last: Whether the sample ends here.
        is_stopped: Whether it ends here because of what it says, not because it is long enough.
    """

    sample: int
    text: str
    words: int
    is_last: bool
    is_stopped: bool = False


def most_tokens(config: GenerateConfig) -> int:
    """Return the most tokens that a text may have."""
    return max(1, config.words) * _TOKENS_A_WORD


class SampleText:
    """Text of one sample: how much of it is shown, and where it ends."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        prompt: Sequence[int],
        config: GenerateConfig,
        *,
        sample: int = 0,
    ) -> None:
        self._vocabulary = vocabulary
        self._config = config
        self._sample = sample
        self._stream = TextStream(vocabulary, prompt)
        self._last = prompt[-1] if prompt else vocabulary.line_end_id
        self._text = ""
        self._shown = 0
        self._words = 0
        self._tokens = 0
        self._stops = tuple(map(vocabulary.tokenizer.requoted, config.stop))
        self._kept_back = max(map(len, config.stop), default=1) - 1

    @property
    def held(self) -> int:
        """Number of characters that are not shown yet: they may be the beginning of a stop."""
        return len(self._text) - self._shown

    def write(self, token: int) -> Part:
        """Add a token, unless the text is at its end; return what is shown more."""
        if self._is_full(token):
            return self.end()
        self._last = token
        self._tokens += 1
        before = len(self._text)
        self._text += self._stream.add(token)
        end = self._end(before)
        if end is not None:
            return replace(self._part(max(end, self._shown), is_last=True), is_stopped=True)
        return self._part(max(self._shown, len(self._text) - self._kept_back), is_last=False)

    def end(self) -> Part:
        """End the text here; return what was held back of it."""
        before = len(self._text)
        self._text += self._stream.end()
        end = self._end(before)
        stop = len(self._text) if end is None else max(end, self._shown)
        return replace(self._part(stop, is_last=True), is_stopped=end is not None)

    def _is_full(self, token: int) -> bool:
        """Return whether a token would begin one word too many; what sticks to the last may not."""
        if self._tokens >= most_tokens(self._config):
            return True
        text = self._vocabulary.texts[token]
        if begins_word(text) or self._begins_after_space(text):
            if self._words >= self._config.words:
                return True
            self._words += 1
            return False
        return self._words >= self._config.words and text.isspace()

    def _begins_after_space(self, text: str) -> bool:
        """Return whether a token without a space begins a word, as in character models."""
        if text.isspace() or begins_word(text):
            return False
        return self._vocabulary.texts[self._last].isspace()

    def _end(self, before: int) -> int | None:
        """Return where the text ends, if it does, of which the part from `before` on is new."""
        reach = max(0, before - self._kept_back)
        places = [self._text.find(stop, reach) for stop in self._stops]
        if self._config.end == "line":
            places.append(self._text.find("\n", before))
        if self._config.end == "paragraph":
            places.append(self._text.find("\n\n", max(0, before - 1)))
        found = [place for place in places if place >= 0]
        return min(found) if found else None

    def _part(self, end: int, *, is_last: bool) -> Part:
        text = self._text[self._shown : end]
        self._shown = end
        return Part(self._sample, text, self._words, is_last)
