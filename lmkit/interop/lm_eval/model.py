"""The model named lmkit of the language model evaluation harness: a folder, read in this process.

Its log-likelihoods are sums of those of `lmkit score`. The harness cuts a text into context and
continuation as it does for every model, so that figures agree with those over HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import lm_eval.models  # noqa: F401  # the harness registers its own only where there is none yet
import torch
from lm_eval.api.model import TemplateLM
from lm_eval.api.registry import register_model
from torch import Tensor
from typing_extensions import override

from lmkit.archive.build import build_model
from lmkit.archive.folder import load_archive
from lmkit.archive.locate import locate_model
from lmkit.archive.options import ALONE, ModelOptions
from lmkit.core.devices import choose_device
from lmkit.core.errors import UsageError
from lmkit.inference.context import padded
from lmkit.inference.vocabulary import Vocabulary
from lmkit.interop.lm_eval.writing import Continuation, write_continuations
from lmkit.models.base import Model
from lmkit.models.sequence import batches_by_length, read_chunks

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance

Request: TypeAlias = tuple[tuple[str, str] | None, list[int], list[int]]  # texts, ids of each

NAME = "lmkit"
_ROWS = 32  # requests read side by side where no batch size is given
_VALUES = 1 << 24  # log-probabilities held at a time
_MOST_TOKENS = 256  # written where a task does not say how many
_UNCHOSEN = "cuda:0"  # the device that the harness names by default
_OF_HARNESS = ("max_batch_size", "trust_remote_code")  # arguments for every model


@dataclass(frozen=True, slots=True)
class Scored:
    """Sum of the natural log-probabilities of ids, and whether each was the most probable."""

    log_prob: float
    is_greedy: bool


@register_model(NAME)
class LmkitLM(TemplateLM):  # type: ignore[misc]  # the package is not looked into
    """A model folder as the harness knows models."""

    def __init__(
        self,
        folder: str = "",
        *,
        alone: bool = False,
        precision: str = "float32",
        device: str | None = None,
        batch_size: int | str | None = None,
        **others: object,
    ) -> None:
        """Open a model folder.

        Args:
            folder: What `lmkit train` wrote, or a bundled name.
            alone: Whether the network is asked without its adapters.
            precision: "float32" or "int8".
            device: "auto", "cpu", "cuda" or "mps"; "cuda:0", which the harness says where nobody
                chose, takes what there is.
            batch_size: Requests read side by side; "auto" for 32.
            others: What the harness hands to every model; nothing else is taken.

        Raises:
            ModelError: If the folder is missing, damaged or of a newer format.
            UsageError: If an argument is unknown or no model reads forward.
        """
        super().__init__()
        _refuse_unknown(others)
        if not folder:
            raise UsageError("no model folder was given; name one with --model_args folder=DIR")
        place = "auto" if device in (None, _UNCHOSEN) else device
        options = ModelOptions(adapters=ALONE if alone else None, precision=precision, device=place)
        archive = load_archive(locate_model(folder))
        archive = archive.to(choose_device("cpu" if precision == "int8" else place))
        forward = build_model(archive, options).forward
        if forward is None:
            raise UsageError(
                "this model reads backward; the harness needs a model that reads forward"
            )
        self._model: Model = forward
        self._vocabulary = Vocabulary(archive.tokenizer)
        self._rows = _rows(batch_size)
        self._folder = folder

    @property
    @override
    def eot_token_id(self) -> int:
        return self._vocabulary.line_end_id

    @property
    @override
    def tokenizer_name(self) -> str:
        return f"{NAME}-{self._folder}"

    @override
    def tok_encode(
        self, string: str, add_special_tokens: bool | None = None, **kwargs: object
    ) -> list[int]:
        return self._vocabulary.tokenizer.encode(string)

    @override
    def _loglikelihood_tokens(
        self, requests: Sequence[Request], **kwargs: object
    ) -> list[tuple[float, bool]]:
        asked = [(context, continuation) for _, context, continuation in requests]
        found = [(scored.log_prob, scored.is_greedy) for scored in self._score(asked)]
        for (texts, _, _), answer in zip(requests, found, strict=True):
            if texts is not None:
                self.cache_hook.add_partial("loglikelihood", texts, answer)
        return found

    @override
    def loglikelihood_rolling(
        self, requests: Sequence["Instance"], **kwargs: object
    ) -> list[float]:
        texts = [request.args[0] for request in requests]
        asked = [([self.eot_token_id], self.tok_encode(text)) for text in texts]
        found = [scored.log_prob for scored in self._score(asked)]
        for text, answer in zip(texts, found, strict=True):
            self.cache_hook.add_partial("loglikelihood_rolling", (text,), answer)
        return found

    @override
    def generate_until(self, requests: Sequence["Instance"], **kwargs: object) -> list[str]:
        asked = [_continuation(*request.args) for request in requests]
        found = write_continuations(self._model, self._vocabulary, asked, rows=self._rows)
        for request, answer in zip(requests, found, strict=True):
            self.cache_hook.add_partial("generate_until", request.args, answer)
        return found

    def _score(self, asked: Sequence[tuple[list[int], list[int]]]) -> list[Scored]:
        """Score continuations, each after a context; both are ids."""
        line_end = [self.eot_token_id]
        rows = [[*(line_end if c[:1] != line_end else []), *c, *ids] for c, ids in asked]
        found: dict[int, Scored] = {}
        for group in batches_by_length([len(row) for row in rows], rows=self._rows):
            ids = padded([rows[number] for number in group])
            log_probs, is_best = _read(self._model, ids)
            for place, number in enumerate(group):
                end = len(rows[number]) - 1
                own = slice(end - len(asked[number][1]), end)
                total = float(log_probs[place, own].sum())
                found[number] = Scored(total, bool(is_best[place, own].all()))
        return [found[number] for number in range(len(rows))]


def _read(model: Model, ids: Tensor) -> tuple[Tensor, Tensor]:
    """Return the log-probability of all ids but the first, and whether each is the most probable.

    Args:
        model: The model that reads.
        ids: Shape (batch, 1 + time).

    Returns:
        Two tensors of shape (batch, time), the first in double precision.
    """
    shape = (len(ids), ids.shape[1] - 1)
    found = torch.zeros(shape, dtype=torch.float64)
    is_best = torch.zeros(shape, dtype=torch.bool)
    most = max(1, _VALUES // (len(ids) * model.vocab_size))
    with torch.inference_mode():
        for chunk in read_chunks(model, ids, model.start(len(ids)), most=most):
            table = chunk.prediction.log_probs()
            own = table.gather(2, chunk.targets.to(table.device)[..., None])[..., 0]
            times = slice(chunk.begin, chunk.begin + own.shape[1])
            found[:, times] = own.double().cpu()
            is_best[:, times] = (own >= table.amax(2)).cpu()
    return found, is_best


def _continuation(
    prompt: str,
    settings: Mapping[str, Any],  # Any: values of a YAML file
) -> Continuation:
    """Return what a task asks to be written."""
    until = settings.get("until") or []
    tokens = settings.get("max_gen_toks", _MOST_TOKENS)
    is_drawn = bool(settings.get("do_sample", settings.get("temperature", 0)))
    return Continuation(
        prompt=prompt,
        max_tokens=int(tokens),
        stop=(until,) if isinstance(until, str) else tuple(filter(None, until)),
        temperature=float(settings.get("temperature", 1.0)) if is_drawn else 0.0,
    )


def _rows(batch_size: int | str | None) -> int:
    if batch_size is None or str(batch_size).startswith("auto"):
        return _ROWS
    return int(batch_size)


def _refuse_unknown(others: dict[str, object]) -> None:
    unknown = sorted(set(others) - set(_OF_HARNESS))
    if unknown:
        raise UsageError(
            f"--model_args has {', '.join(unknown)}, which lmkit does not know; "
            "it takes folder, alone, precision"
        )
