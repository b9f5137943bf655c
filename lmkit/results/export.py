"""The results of exports."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class ExportedPage(Result):
    """Figures of a page that holds a model.

    Attributes:
        out: The file.
        bytes: Its size.
        model: Name of the model.
        direction: "forward", "backward" or "both".
        ngrams: N-grams of two words and more that it holds.
        check: Text that the perplexities were measured on; None where none were.
        perplexity: Per word, of the network alone, before rounding.
        perplexity_rounded: The same with 8 bits a weight.
        perplexity_adapted: Per word, with all that was fitted, before.
        perplexity_page: Per word, of the model in the page.
        network: Which network the page holds, counted from 1.
        networks: Networks that the folder averages; 1 where there is one alone.
    """

    out: str
    bytes: int
    model: str
    direction: str
    ngrams: int
    check: str | None = None
    perplexity: float | None = None
    perplexity_rounded: float | None = None
    perplexity_adapted: float | None = None
    perplexity_page: float | None = None
    network: int = 1
    networks: int = 1


@dataclass(frozen=True, slots=True)
class ExportedTokenizer(Result):
    """A tokenizer as files for other programs.

    Attributes:
        out: The folder.
        unit: word, bpe, unigram or char.
        vocabulary: Ids there are.
        end_of_document: The token that ends a document, as the `tokenizers` library names it.
    """

    out: str
    unit: str
    vocabulary: int
    end_of_document: str


@dataclass(frozen=True, slots=True)
class ExportedArpa(Result):
    """Figures of an ARPA file.

    Attributes:
        out: The file.
        bytes: Its size.
        model: Name of the model.
        order: Words of the longest n-gram.
        ngrams: N-grams of each order, single words first.
        space: How a space of a token is written in the file; "" where it is left out.
    """

    out: str
    bytes: int
    model: str
    order: int
    ngrams: tuple[int, ...]
    space: str


@dataclass(frozen=True, slots=True)
class ExportedOnnx(Result):
    """Figures of a folder of ONNX graphs.

    Attributes:
        out: The folder.
        bytes: Size of its files.
        model: Name of the model.
        direction: "forward", "backward" or "both".
        adapters: Adapters that lmkit asks it with.
        left_out: Adapters of the model that need its weights.
        difference: Largest difference of a log-probability from the model's own, on some tokens.
        network: Which network it holds, counted from 1.
        networks: Networks that the folder averages; 1 where there is one alone.
    """

    out: str
    bytes: int
    model: str
    direction: str
    adapters: tuple[str, ...]
    left_out: tuple[str, ...]
    difference: float
    network: int = 1
    networks: int = 1
