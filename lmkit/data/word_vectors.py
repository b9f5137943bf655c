"""Word vectors from counts of neighbours: a start for an embedding, made before any training.

How often each token stands beside each other one is counted, turned into positive pointwise mutual
information, and reduced to the wanted width by a randomised singular value decomposition (Levy and
Goldberg 2014; Halko, Martinsson and Tropp 2011). Tokens that keep similar company get similar
vectors. Knows ids, not words, and no model.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from lmkit.core.stretches import stretches

MOST_COUNTED = 5_000_000  # tokens of a text that are counted at most
DISTANCES = (1, 2)  # of the neighbours; a pair counts 1 / distance
CONTEXT_POWER = 0.75  # of the frequencies of neighbours: rare ones then matter less
POWER_ROUNDS = 2  # of the decomposition: each makes it more exact
SPARE_COLUMNS = 32  # beside the wanted ones, for the same end
SPREAD = 0.0577  # root mean square of the entries of a vector, as where they are drawn in +-0.1

Ids = npt.NDArray[np.unsignedinteger]


@dataclass(frozen=True, slots=True)
class _Counts:
    """Counts of pairs, by rows: how often, weighted, a token has another on its right."""

    rows: npt.NDArray[np.int64]  # shape (pairs,), rising
    columns: npt.NDArray[np.int64]  # shape (pairs,), rising within a row
    values: npt.NDArray[np.float64]  # shape (pairs,)


def word_vectors(ids: Ids, *, vocab_size: int, width: int, seed: int) -> Tensor:
    """Return vectors of tokens from the company that they keep.

    Args:
        ids: A text, shape (ids,); of a long one MOST_COUNTED ids are read, spread over it.
        vocab_size: Number of ids there can be.
        width: Numbers in a vector.
        seed: Of the random projection and rotation: equal seeds give equal vectors.

    Returns:
        Shape (vocab, width), each row as long as 0.0577 x sqrt(width). A token that is not seen
        has a row of zeros.
    """
    halves = _ppmi(_count_pairs(ids, vocab_size), vocab_size)
    generator = torch.Generator().manual_seed(seed % 2**63)
    scaled = _decompose(halves, width, generator)
    rotation = _orthonormal(torch.randn(width, width, generator=generator))
    vectors = scaled @ rotation
    lengths = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    vectors.mul_(SPREAD * width**0.5 / lengths.clamp_min(1e-12))
    is_known = torch.zeros(vocab_size, 1)
    for half in halves:
        is_known[half.indices()[0]] = 1.0
    return vectors.mul_(is_known)


def _parts(ids: Ids) -> list[Ids]:
    """Return the parts of a text that are counted: all of it, or ten that are spread evenly."""
    return stretches(ids, MOST_COUNTED)


def _count_pairs(ids: Ids, vocab_size: int) -> _Counts:
    """Count pairs of a token and one on its right, weighted by 1 / distance."""
    found = []
    for distance in DISTANCES:
        pairs = [
            part[:-distance].astype(np.int64) * vocab_size + part[distance:]
            for part in _parts(ids)
            if len(part) > distance
        ]
        found.append(np.unique(np.concatenate([np.empty(0, np.int64), *pairs]), return_counts=True))
    keys = np.concatenate([key for key, _ in found])
    values = np.concatenate(
        [count / distance for (_, count), distance in zip(found, DISTANCES, strict=True)]
    )
    unique, places = np.unique(keys, return_inverse=True)
    sums = np.bincount(places, weights=values, minlength=len(unique)).astype(np.float64)
    rows, columns = np.divmod(unique, vocab_size)
    return _Counts(rows, columns, sums)


def _ppmi(counts: _Counts, vocab_size: int) -> tuple[Tensor, Tensor]:
    """Return positive pointwise mutual information with neighbours on the right and on the left.

    A token's counts on its left are the transposed ones of the right.

    Args:
        counts: Of pairs to the right.
        vocab_size: Number of ids.

    Returns:
        Two sparse matrices, rows of tokens and columns of neighbours, shape (vocab, vocab).
    """
    rows, columns, values = counts.rows, counts.columns, counts.values
    as_left = np.bincount(rows, weights=values, minlength=vocab_size)
    as_right = np.bincount(columns, weights=values, minlength=vocab_size)
    of_token = as_left + as_right
    smoothed_total = (as_right**CONTEXT_POWER).sum() + (as_left**CONTEXT_POWER).sum()
    right = np.log(values * smoothed_total / (of_token[rows] * as_right[columns] ** CONTEXT_POWER))
    left = np.log(values * smoothed_total / (of_token[columns] * as_left[rows] ** CONTEXT_POWER))
    return _sparse(rows, columns, right, vocab_size), _sparse(columns, rows, left, vocab_size)


def _sparse(
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    size: int,
) -> Tensor:
    """Return the positive values as a matrix, shape (size, size), float32."""
    kept = values > 0
    places = torch.from_numpy(np.stack([rows[kept], columns[kept]]))
    numbers = torch.from_numpy(values[kept].astype(np.float32))
    return torch.sparse_coo_tensor(places, numbers, (size, size), check_invariants=False).coalesce()


def _decompose(halves: tuple[Tensor, Tensor], width: int, generator: torch.Generator) -> Tensor:
    """Return the left singular vectors times the root of the singular values.

    Args:
        halves: Matrices side by side, shape (vocab, vocab) each.
        width: Vectors wanted; where there are fewer, the rest is zero.
        generator: Of the random projection.

    Returns:
        Shape (vocab, width).
    """
    size = halves[0].shape[0]
    columns = min(width + SPARE_COLUMNS, size)
    matrices = [_by_rows(half) for half in halves]
    transposed = [_by_rows(half.t().coalesce()) for half in halves]

    def times(right: Tensor) -> Tensor:
        parts = zip(matrices, torch.split(right, size), strict=True)
        return torch.stack([matrix @ part for matrix, part in parts]).sum(0)

    def transposed_times(left: Tensor) -> Tensor:
        return torch.cat([matrix @ left for matrix in transposed])

    basis = _orthonormal(times(torch.randn(2 * size, columns, generator=generator)))
    for _ in range(POWER_ROUNDS):
        basis = _orthonormal(times(_orthonormal(transposed_times(basis))))
    left, values, _ = torch.linalg.svd(transposed_times(basis).t(), full_matrices=False)
    found = (basis @ left)[:, :width] * values[:width].sqrt()
    return functional.pad(found, (0, width - found.shape[1]))


def _by_rows(matrix: Tensor) -> Tensor:
    """Return a sparse matrix stored by rows, which multiplies twice as quickly."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
        return matrix.to_sparse_csr()


def _orthonormal(matrix: Tensor) -> Tensor:
    basis: Tensor = torch.linalg.qr(matrix)[0]
    return basis
