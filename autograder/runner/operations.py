"""What can be asked of a student's function, class or object: each operation by the name that stands on the wire."""

import inspect
import operator
from collections.abc import Callable
from typing import Any


def operations(namespace: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """By name. namespace: what a function sees that has none of its own: a partial, a np.vectorize, an object that can
    be called."""

    def seen_by(function: Any) -> dict[str, Any]:
        space: Any = getattr(function, "__globals__", None)
        return namespace if space is None else space

    return {
        "call": lambda function, args, pairs: function(*args, **dict(pairs)),
        "get": getattr,
        "set": setattr,
        "iter": iter,
        "next": next,
        "len": len,
        "text": str,
        "item": operator.getitem,
        "set-item": operator.setitem,
        "del-item": operator.delitem,
        "global-has": lambda function, name: name in seen_by(function),
        "global-get": lambda function, name: seen_by(function)[name],
        "global-set": lambda function, name, value: operator.setitem(seen_by(function), name, value),
        "global-del": lambda function, name: operator.delitem(seen_by(function), name),
        "signature": _signature,
        "is-instance": isinstance,
    }


def _signature(function: Any) -> tuple[tuple[str, int, bool], ...]:
    """Of each parameter the name, the kind, and whether it has a default."""
    parameters = inspect.signature(function).parameters.values()
    return tuple((p.name, int(p.kind), p.default is not inspect.Parameter.empty) for p in parameters)
