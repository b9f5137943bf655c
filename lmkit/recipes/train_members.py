"""Third phase of a recipe: every network of the run is trained, in turn or side by side."""

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmkit.archive.recurrent import shapes_alone
from lmkit.data.corpus import CorpusFacts
from lmkit.data.prepared_text import open_prepared
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.state_dict import from_state_dict, to_state_dict
from lmkit.models.weights import load_tensors, save_tensors
from lmkit.recipes.members import Member, members_of, trains_side_by_side
from lmkit.recipes.prepare import ResolvedRun, TrainData
from lmkit.recipes.run_folder import TRAINED
from lmkit.recipes.train import DirectionResult, train_member, validator_of
from lmkit.training.events import Event, Finished, Prepared, Status
from lmkit.training.side_by_side import side_by_side

Results = tuple[DirectionResult, ...]  # one for each direction that was trained, forward first
_ByMember = Mapping[Member, DirectionResult]


def train(data: TrainData, *, stop: Callable[[], bool]) -> Generator[Event, None, Results]:
    """Train the networks of a run; where they train in turn, an interrupt leaves later ones out.

    Args:
        data: The run and its text.
        stop: Asked after each step; yes ends training and saves.

    Yields:
        The events of training.

    Returns:
        The trained models and their figures; several networks of a direction are one model.
    """
    members = members_of(data.run)
    parameters = shapes_alone(data.run.config.model).parameter_count() * len(members)
    text = data.text
    yield prepared_event(
        text.train.facts,
        text.valid.facts,
        vocabulary=text.tokenizer.vocab_size,
        parameters=parameters,
        seconds=data.seconds,
    )
    if data.world.size > 1:
        yield Status(message=f"{data.world.size} processes train together")
    if trains_side_by_side(data):
        found = yield from _side_by_side(data, members, stop=stop)
    else:
        found = yield from _in_turn(data, members, stop=stop)
    directions = dict.fromkeys(member.direction for member in found)
    return tuple(_of_direction(data, found, direction) for direction in directions)


def prepared_event(
    train: CorpusFacts, valid: CorpusFacts, *, vocabulary: int, parameters: int, seconds: float
) -> Prepared:
    """Return the sizes of the text and the model as an event.

    Args:
        train: Counts of the training text.
        valid: Counts of the validation text.
        vocabulary: Ids there are.
        parameters: Weights of the model.
        seconds: That reading took.
    """
    return Prepared(
        words=train.words,
        tokens=train.ids,
        valid_words=valid.words,
        vocabulary=vocabulary,
        unknown_fraction=train.unknown / train.ids,
        parameters=parameters,
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class MemberFigures:
    """The result of a network without its weights, which lie in its folder."""

    finished: Finished
    perplexity: float
    seconds: float


@dataclass(frozen=True, slots=True)
class NetworkRun:
    """The training of one network in another process.

    Attributes:
        of_run: The run.
        text: Folder of the prepared text.
        member: The network.
    """

    of_run: ResolvedRun
    text: Path
    member: Member

    @property
    def name(self) -> str:
        """Name of the network."""
        return self.member.name

    @property
    def weights(self) -> Path:
        """File of the trained weights."""
        return self.of_run.folder / self.name / TRAINED

    def train(self, *, stop: Callable[[], bool]) -> Generator[Event, None, MemberFigures]:
        """Train the network, and leave its weights in its folder.

        Args:
            stop: Asked after each step; yes ends training and saves.

        Yields:
            The events of training.

        Returns:
            Its figures.
        """
        data = TrainData(run=self.of_run, text=open_prepared(self.text), seconds=0.0)
        result = yield from train_member(data, self.member, stop=stop)
        if not isinstance(result.model, RecurrentLM):
            raise TypeError("a member is one network")
        save_tensors(to_state_dict(result.model), self.weights)
        return MemberFigures(result.finished, result.perplexity, result.seconds)

    def result(self, figures: MemberFigures) -> DirectionResult:
        """Return the result with the weights that `train` has left, and take their file away.

        Args:
            figures: As `train` returned them.
        """
        model = from_state_dict(self.of_run.config.model, load_tensors(self.weights))
        self.weights.unlink()
        return DirectionResult(
            model=model,
            finished=figures.finished,
            perplexity=figures.perplexity,
            seconds=figures.seconds,
        )


def _in_turn(
    data: TrainData, members: Sequence[Member], *, stop: Callable[[], bool]
) -> Generator[Event, None, _ByMember]:
    found: dict[Member, DirectionResult] = {}
    for number, member in enumerate(members):
        if number:
            yield Status(message=f"now {_described(member)}, in its part of the time")
        found[member] = yield from train_member(data, member, stop=stop)
        if found[member].finished.reason == "interrupted":
            break
    return found


def _described(member: Member) -> str:
    return f"the {member.direction} model" + (f" {member.number}" if member.number > 1 else "")


def _side_by_side(
    data: TrainData, members: Sequence[Member], *, stop: Callable[[], bool]
) -> Generator[Event, None, _ByMember]:
    yield Status(message=f"{len(members)} networks train in parallel, each in its own process")
    runs = [NetworkRun(data.run, data.text.folder, member) for member in members]
    figures = yield from side_by_side(runs, stop=stop)
    return {run.member: run.result(each) for run, each in zip(runs, figures, strict=True)}


def _of_direction(data: TrainData, found: _ByMember, direction: str) -> DirectionResult:
    """Return the result of a direction: of its network, or of the average of several."""
    results = [result for member, result in found.items() if member.direction == direction]
    if len(results) == 1:
        return results[0]
    networks = [result.model for result in results if isinstance(result.model, RecurrentLM)]
    model = AverageLM(networks)
    validator = validator_of(data.text, model, direction)
    return DirectionResult(
        model=model,
        finished=_finished(results),
        perplexity=validator.validate(validator.tokens).perplexity,
        seconds=seconds_of(data, results),
    )


def _finished(results: Sequence[DirectionResult]) -> Finished:
    """Return the end of several runs as one: steps and tokens of all, an interrupt of any."""
    ends = [result.finished for result in results]
    interrupted = [end for end in ends if end.reason == "interrupted"]
    return replace(
        (interrupted or ends)[0],
        step=sum(end.step for end in ends),
        tokens=sum(end.tokens for end in ends),
        best_perplexity=min(end.best_perplexity for end in ends),
        seconds=math.fsum(end.seconds for end in ends) / len(ends),
    )


def seconds_of(data: TrainData, results: Sequence[DirectionResult]) -> float:
    """Return the seconds that several runs took together: side by side, those of the longest.

    Args:
        data: The run and its text.
        results: The runs.
    """
    seconds = [result.seconds for result in results]
    return max(seconds) if trains_side_by_side(data) else math.fsum(seconds)
