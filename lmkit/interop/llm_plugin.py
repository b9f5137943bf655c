"""Plug-in of the `llm` command and library: a model folder answers `llm -m lmkit`, no server.

Found by the entry point group `llm`. It is loaded for every `llm` command, so torch is loaded only
when a prompt is answered.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import llm
from pydantic import Field
from typing_extensions import override

from lmkit.core.errors import LmkitError, UsageError

if TYPE_CHECKING:
    from lmkit.inference.generate import GenerateConfig
    from lmkit.language_model import LanguageModel


@llm.hookimpl  # type: ignore[untyped-decorator]  # the package is not looked into
def register_models(register: Callable[[llm.Model], None]) -> None:
    """Tell `llm` of the model named lmkit."""
    register(LmkitModel())


class LmkitModel(llm.Model):  # type: ignore[misc]  # the package is not looked into
    """A model folder as `llm` knows models: it continues the prompt."""

    model_id = "lmkit"
    can_stream = True

    class Options(llm.Options):  # type: ignore[misc]  # the package is not looked into
        """Options of one prompt; each has the name that `lmkit generate` has for it."""

        folder: str | None = Field(default=None, description="Model folder, or a bundled name")
        words: int = Field(default=50, description="Most words to write")
        temperature: float = Field(default=1.0, description="Below 1 safer, above 1 wilder")
        top_k: int = Field(default=0, description="Only the k best tokens; 0: all")
        top_p: float = Field(default=1.0, description="Only the best that make up this share")
        min_p: float = Field(default=0.0, description="Only those this share as probable")
        seed: int = Field(default=0, description="Equal seeds write equal texts")
        stop: str | None = Field(default=None, description="End before this text")
        end: str = Field(default="words", description="words, line or paragraph")
        alone: bool = Field(default=False, description="Ask the network without its adapters")

    @override
    def execute(
        self, prompt: llm.Prompt, stream: bool, response: llm.Response, conversation: object
    ) -> Iterator[str]:
        """Continue a prompt.

        Args:
            prompt: The prompt of `llm`; the turns before it are read first, a line each.
            stream: Whether text is wanted as it comes.
            response: Where the number of tokens is noted.
            conversation: The turns before; `prompt` has them too.

        Yields:
            The continuation, without the prompt.

        Raises:
            llm.ModelError: If the folder or an option is not usable.
        """
        del conversation
        try:
            yield from _answer(prompt, response, is_streamed=stream)
        except LmkitError as error:
            raise llm.ModelError(str(error)) from error


def _answer(prompt: llm.Prompt, response: llm.Response, *, is_streamed: bool) -> Iterator[str]:
    if prompt.system:
        raise UsageError("lmkit continues a text and does not support system prompts; leave it out")
    options = prompt.options
    if options.folder is None:
        raise UsageError("no model folder was given; name one with -o folder DIR")
    model = _open(options.folder, options.alone)
    text = _text(prompt)
    parts: list[str] = []
    for part in model.generate(text, _config(options)):
        parts.append(part)
        if is_streamed:
            yield part
    answer = "".join(parts)
    if not is_streamed:
        yield answer
    tokenizer = model.tokenizer
    response.set_usage(
        input=len(tokenizer.encode(text)), output=len(tokenizer.encode_inside(answer))
    )


@lru_cache(maxsize=1)
def _open(folder: str, alone: bool) -> "LanguageModel":
    """Open a folder; that of the last prompt stays open, so that a chat loads it once."""
    from lmkit.archive.options import ALONE, ModelOptions
    from lmkit.language_model import LanguageModel

    return LanguageModel.load(folder, ModelOptions(adapters=ALONE if alone else None))


def _text(prompt: llm.Prompt) -> str:
    """Return the prompt after all turns before it, as llm's own completion models put them."""
    from lmkit.text.normalise import encodable

    messages = [message for message in prompt.messages if message.role in ("user", "assistant")]
    turns = ["".join(_texts(message)) for message in messages]
    return encodable("\n".join(turn for turn in turns if turn))


def _texts(message: llm.Message) -> Iterator[str]:
    for part in message.parts:
        yield getattr(part, "text", None) or ""


def _config(options: LmkitModel.Options) -> "GenerateConfig":
    from lmkit.inference.generate import GenerateConfig
    from lmkit.inference.sampling import SamplingConfig

    sampling = SamplingConfig(
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        min_p=options.min_p,
    )
    return GenerateConfig(
        words=options.words,
        seed=options.seed,
        sampling=sampling,
        end=options.end,
        stop=() if options.stop is None else (options.stop,),
    )
