"""The types that may be named on the wire: built-in exceptions, warnings, and types used as arguments.

A name that is not in these tables is never looked up anywhere else, so a reply cannot choose a class of its own.
"""

import builtins
from typing import Any, Final

import numpy as np

# An exception that ends an iteration or the process would steer the examiner's own loops: `all(map(f, xs))` is True
# when f raises StopIteration at once. Such an exception arrives as StudentError.
_STEERING = (StopIteration, StopAsyncIteration, BaseExceptionGroup)

BUILTIN_ERRORS: Final[dict[str, type[Exception]]] = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, _STEERING)
} | {"LinAlgError": np.linalg.LinAlgError, "AxisError": np.exceptions.AxisError}

WARNING_CATEGORIES: Final[dict[str, type[Warning]]] = {
    name: value for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Warning)
} | {
    "ComplexWarning": np.exceptions.ComplexWarning,
    "VisibleDeprecationWarning": np.exceptions.VisibleDeprecationWarning,
}


def _named_types() -> dict[str, Any]:
    plain = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, range, object, type(None))
    table: dict[str, Any] = {f"builtins.{kind.__name__}": kind for kind in plain}
    table |= {f"builtins.{name}": kind for name, kind in BUILTIN_ERRORS.items() if kind.__module__ == "builtins"}
    for code in "?bBhHiIlLqQefdFD":
        kind = np.dtype(code).type
        table[f"numpy.{kind.__name__}"] = kind
    for name in ("generic", "number", "integer", "signedinteger", "unsignedinteger", "inexact", "floating", "ndarray"):
        table[f"numpy.{name}"] = getattr(np, name)
    table["..."] = ...
    return table


NAMED: Final[dict[str, Any]] = _named_types()
NAME_OF: Final[dict[int, str]] = {id(value): name for name, value in reversed(NAMED.items())}
