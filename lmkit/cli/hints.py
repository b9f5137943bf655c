"""Remedies in the words of the command line, by the hint that an error carries."""

from collections.abc import Mapping

from lmkit.core.errors import Hint

HINTS: Mapping[Hint, str] = {
    Hint.TRAIN: "train one with `lmkit train`",
    Hint.RESUME: "continue with the same `lmkit train` command and --resume",
    Hint.TRAIN_BOTH: "train it with `--direction both`",
    Hint.TRAIN_NGRAM: "train it again without --no-ngram",
    Hint.FULL_PRECISION: "leave out --int8, or leave the adapter out",
    Hint.OTHER_FOLDER: "or name another folder with --out",
    Hint.INSTALL_PLOT: "`pip install matplotlib`, or `scripts/install plot` in a checkout",
    Hint.INSTALL_FORECAST: "`pip install statsmodels`, or `scripts/install forecast` in a checkout",
    Hint.INSTALL_SERVE: "`pip install fastapi fastapi-offline prometheus-client starlette "
    "'uvicorn[standard]'`, or `scripts/install serve` in a checkout",
    Hint.INSTALL_ONNX: "`pip install onnx onnxruntime`, or `scripts/install onnx` in a checkout",
}
