"""Calls and outcomes as plain data for the hint files: arguments there and back, and a digest that names a call.

It holds no code of anybody and evaluates none: what cannot be written as numbers, text and nesting is not stored.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._observe import Leaf, Outcome

MAX_NUMBERS = 600  # arguments with more are not stored: the call is then known by its digest alone


class NotPlain(Exception):  # noqa: N818  (says what the arguments are)
    """An argument that cannot be stored."""


# ---------------------------------------------------------------- arguments


def pack(value: Any, space: Any = None) -> Any:
    """An argument as JSON data; raises NotPlain for objects, and what is too large.

    space: the globals of the function that is called. A function that has its own name there is stored by this name.
    """
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind not in "biuf" or value.size > MAX_NUMBERS:
            raise NotPlain
        shape = list(value.shape) if isinstance(value, np.ndarray) else None
        return {"a": value.dtype.str, "s": shape, "v": _tokens(np.asarray(value).ravel().tolist())}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return _token(value)
    if isinstance(value, list):
        return [pack(v, space) for v in value]
    if isinstance(value, tuple):
        return {"t": [pack(v, space) for v in value]}
    if isinstance(value, dict):
        return {"d": [[pack(k, space), pack(v, space)] for k, v in value.items()]}
    if isinstance(value, np.random.Generator) and value.bit_generator.__class__ is np.random.PCG64:
        return {"g": value.bit_generator.state}
    name = getattr(value, "__name__", None)
    if callable(value) and isinstance(name, str) and space is not None and name in space and space[name] is value:
        return {"n": name}
    raise NotPlain


def unpack(data: Any, space: Any = None) -> Any:
    """The argument that `pack` wrote; raises NotPlain for a function that is not in `space`."""
    if isinstance(data, list):
        return [unpack(v, space) for v in data]
    if not isinstance(data, dict):
        return data
    if "a" in data:
        flat = np.array([float(v) if isinstance(v, str) else v for v in data["v"]], dtype=np.dtype(data["a"]))
        return flat[0] if data["s"] is None else flat.reshape(data["s"])
    if "x" in data:
        return float(data["x"])
    if "t" in data:
        return tuple(unpack(v, space) for v in data["t"])
    if "d" in data:
        return {unpack(k, space): unpack(v, space) for k, v in data["d"]}
    if "n" in data:
        if space is None or data["n"] not in space:
            raise NotPlain
        return space[data["n"]]
    bits = np.random.PCG64()
    bits.state = data["g"]
    return np.random.Generator(bits)


def _token(x: float) -> Any:
    return x if isinstance(x, int) or math.isfinite(x) else {"x": str(x)}


def _tokens(flat: Sequence[Any]) -> list[Any]:
    return [v if not isinstance(v, float) or math.isfinite(v) else str(v) for v in flat]


# ---------------------------------------------------------------- the name of a call


def digest(args: Sequence[Any], kwargs: Mapping[str, Any], state: Any = None) -> str:
    """A short name for arguments: the same for the same numbers, types and shapes, on every machine."""
    text = _canonical([list(args), {k: kwargs[k] for k in sorted(kwargs)}, state])
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _canonical(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        flat = np.asarray(value).ravel()
        picked = flat if flat.size <= 1000 else flat[np.linspace(0, flat.size - 1, 1000).astype(int)]
        return f"{flat.dtype.kind}{flat.dtype.itemsize}{np.shape(value)}[{','.join(map(_scalar, picked.tolist()))}]"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({','.join(map(_canonical, value))})"
    if isinstance(value, dict):
        return "{" + ",".join(f"{k!r}:{_canonical(v)}" for k, v in value.items()) + "}"
    if isinstance(value, np.random.Generator):
        return f"rng{value.bit_generator.state}"
    return _scalar(value)


def _scalar(value: Any) -> str:
    # twelve digits: the logarithm of a number may differ in the last one between machines
    if isinstance(value, float):
        return f"{value or 0.0:.12g}f"
    if value is None or isinstance(value, bool | int | str | complex):
        return repr(value)
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) else type(value).__name__


# ---------------------------------------------------------------- outcomes


def pack_outcome(outcome: Outcome) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if outcome.leaves is not None:
        data["v"] = [_pack_leaf(leaf) for leaf in outcome.leaves]
    if outcome.error is not None:
        data["e"] = list(outcome.error)
    if outcome.warnings:
        data["w"] = list(outcome.warnings)
    if outcome.changed:
        data["c"] = [_pack_leaf(leaf) for leaf in outcome.changed]
    return data


def unpack_outcome(data: Mapping[str, Any]) -> Outcome:
    error = data.get("e")
    return Outcome(
        leaves=tuple(map(_unpack_leaf, data["v"])) if "v" in data else None,
        error=(error[0], error[1]) if error else None,
        warnings=tuple(data.get("w", ())),
        changed=tuple(map(_unpack_leaf, data.get("c", ()))),
    )


def _pack_leaf(leaf: Leaf) -> list[Any]:
    short = [int(x) if math.isfinite(x) and x == int(x) and abs(x) < 1e15 else x for x in leaf.numbers]
    return [leaf.path, leaf.kind, list(leaf.shape), _tokens(short)]


def _unpack_leaf(data: Sequence[Any]) -> Leaf:
    path, kind, shape, numbers = data
    return Leaf(path, kind, tuple(shape), tuple(map(float, numbers)))
