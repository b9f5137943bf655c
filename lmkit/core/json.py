"""Types of values that JSON can hold."""

from typing import Any, TypeAlias

Json: TypeAlias = Any  # Any: JSON nests without end, and its reader checks what it takes
JsonObject: TypeAlias = dict[str, Json]
