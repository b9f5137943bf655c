"""Compare log-likelihoods of sentences: `python scripts/bench/harness.py DIR PAIRS.jsonl`.

The evaluation harness over a server (`local-completions`), the harness on the folder (`lmkit`), and
`lmkit score`; and the accuracy that `lmkit evaluate --pairs` and the harness have. Prints one JSON
object with the largest differences, in nats.
"""

import argparse
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lm_eval.api.instance import Instance
from lm_eval.models.openai_completions import LocalCompletionsAPI
from server_process import running_server

from lmkit.evaluation.pairs import read_pairs
from lmkit.interop.lm_eval.model import LmkitLM
from lmkit.language_model import LanguageModel

BATCH = 32


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of three ways to score pairs of sentences.

    Attributes:
        pairs: Pairs that were compared.
        served: Largest difference of the harness over the server from `lmkit score`, nats.
        read: Largest difference of the harness on the folder, nats.
        accuracy: Accuracy by the sums of the server; a tie counts half.
        evaluated: Accuracy that `lmkit evaluate --pairs` has.
    """

    pairs: int
    served: float
    read: float
    accuracy: float
    evaluated: float


def log_likelihoods(asked: LmkitLM | LocalCompletionsAPI, sentences: Sequence[str]) -> list[float]:
    """Return what a model of the harness says of sentences."""
    requests = [
        Instance("loglikelihood", {}, ("", f" {sentence}"), place)
        for place, sentence in enumerate(sentences)
    ]
    return [total for total, _ in asked.loglikelihood(requests, disable_tqdm=True)]


def compare(url: str, folder: Path, pairs: Path) -> Agreement:
    """Compare the ways on a file of pairs.

    Args:
        url: A server of the folder.
        folder: A model folder.
        pairs: JSON lines with `sentence_good` and `sentence_bad`.
    """
    sentences = [sentence for pair in read_pairs(pairs) for sentence in pair]
    model = LanguageModel.load(folder)
    scored = [-score.bits * math.log(2) for score in model.score_lines(sentences)]
    over_http = LocalCompletionsAPI(
        base_url=f"{url}/v1/completions",
        model=folder.name,
        tokenizer_backend="remote",
        batch_size=BATCH,
    )
    served = log_likelihoods(over_http, sentences)
    read = log_likelihoods(LmkitLM(str(folder), batch_size=BATCH), sentences)
    return Agreement(
        pairs=len(sentences) // 2,
        served=max(abs(a - b) for a, b in zip(served, scored, strict=True)),
        read=max(abs(a - b) for a, b in zip(read, scored, strict=True)),
        accuracy=accuracy(served),
        evaluated=model.evaluate_pairs([pairs]).accuracy,
    )


def accuracy(totals: Sequence[float], *, tie: float = 1e-5) -> float:
    """Return the fraction of pairs whose first sentence is the more probable; ties count half."""
    points = [
        0.5 if abs(good - bad) < tie else float(good > bad)
        for good, bad in zip(totals[::2], totals[1::2], strict=True)
    ]
    return sum(points) / len(points)


def main() -> None:
    """Print how far the ways agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("folder", metavar="DIR", type=Path, help="a trained model")
    parser.add_argument("pairs", metavar="PAIRS.jsonl", type=Path)
    parser.add_argument("--pairs", dest="count", type=int, default=200, help="first so many")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        few = Path(made) / asked.pairs.name
        lines = asked.pairs.read_text(encoding="utf-8").splitlines()[: asked.count]
        few.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with running_server([asked.folder], log=Path(made) / "log") as server:
            found = compare(server.url, asked.folder, few)
    print(json.dumps(asdict(found)))


_AsWritten = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    main()
