"""What one call of a student's function gives, in a form that can be compared and stored: an outcome.

Also arguments as plain data, there and back, and a digest that names a call. It knows nothing of mistakes and hints,
does not judge, and evaluates no code: what cannot be written as numbers, text and nesting is not stored.
"""

import hashlib
import io
import math
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import numpy as np

from .call import Function, NoStandIn, Probe, array_parts, bound_name, first_change, fresh, in_place

DIGITS = 10  # of a stored number
RTOL, ATOL = 2e-9, 1e-12  # two ways to write one formula differ by 1e-15; stored numbers are rounded to 1e-10
RTOL_FLOAT32 = 1e-6
WHOLE = 16  # an array of more entries is stored as a dozen of them and three sums
FLOATING_POINT = ("overflow", "invalid value", "divide by zero")
NUMBERS = ("f8", "f4", "i", "b", "list f8", "list f4", "list i", "list b")
MAX_NUMBERS = 600  # arguments with more are not stored: the call is then known by its digest alone


class Leaf(NamedTuple):
    """One array or number of a result: where it stands, its type, its shape, and its numbers or a sketch of them."""

    path: str
    kind: str
    shape: tuple[int, ...]
    numbers: tuple[float, ...]


class Outcome(NamedTuple):
    """What came out of a call. `leaves` is None where the values say nothing: they are right, or there is none.

    error: the type of the exception and a digest of its message. changed: arguments that are not what they were.
    """

    leaves: tuple[Leaf, ...] | None = None
    error: tuple[str, int] | None = None
    warnings: tuple[str, ...] = ()
    changed: tuple[Leaf, ...] = ()


# ---------------------------------------------------------------- the call


def observe(probe: Probe, right: Mapping[str, Function] | None = None, functions: Sequence[Any] = ()) -> Outcome | None:
    """Makes the call of a probe on fresh copies; None where it says nothing, as that of an untouched stub.

    right: stand-ins for earlier functions, set in the globals of `functions` for the time of the call.
    """
    try:
        with in_place([*functions, probe.function] if right else [], right or {}):
            return _observe(probe)
    except NoStandIn:
        return None


def _observe(probe: Probe) -> Outcome | None:
    memo: dict[int, Any] = {}
    args, kwargs = [fresh(a, memo) for a in probe.args], {k: fresh(v, memo) for k, v in probe.kwargs.items()}
    held = dict(array_parts([*args, *kwargs.values()]))
    try:
        with (
            warnings.catch_warnings(record=True) as caught,
            np.errstate(all="warn", under="ignore"),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("always")
            result = probe.own_function()(*args, **kwargs)
    except NotImplementedError:
        return None
    except (Exception, SystemExit) as error:
        return Outcome(error=(type(error).__name__, error_digest(error)))
    if probe.kind == "purity":
        before, after = [*probe.args, *probe.kwargs.values()], [*args, *kwargs.values()]
        return Outcome(changed=tuple(_changed(before, after)))
    if probe.kind == "in_place":
        return Outcome(changed=tuple(_written([*probe.args, *probe.kwargs.values()], held, [*args, *kwargs.values()])))
    kinds = {kind for w in caught for kind in FLOATING_POINT if kind in str(w.message)}
    return Outcome(tuple(leaves(result)), warnings=tuple(sorted(kinds)) if probe.kind == "stability" else ())


def error_digest(error: BaseException) -> int:
    """Of its message; of a KeyError the key counts whole, since 'W0' and 'W3' are not missing for one reason."""
    said = message_of(error)
    return zlib.crc32(said.encode()) if isinstance(error, KeyError) else text_digest(said)


def message_of(error: BaseException) -> str:
    """Its text; none where the class is a student's own that cannot say it."""
    try:
        return str(error)
    except Exception:
        return ""


def text_digest(text: str) -> int:
    """Of a message without its numbers, which differ from call to call."""
    return zlib.crc32("".join(c for c in text if not c.isdigit()).encode())


def _changed(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Leaf]:
    for place, (was, now) in enumerate(zip(before, after, strict=True)):
        if first_change(was, now) is not None:
            path = f"argument {place}"
            yield from tuple(leaves(now, path)) or (Leaf(path, "emptied", (), ()),)


def _written(before: list[Any], held: Mapping[str, np.ndarray], after: list[Any]) -> Iterator[Leaf]:
    """Of each array in the arguments whether it was written into, or another one stands there; not what it holds."""
    now = dict(array_parts(after))
    for path, was in array_parts(before):
        if now.get(path) is not held[path]:
            yield Leaf(path, "another array", (), ())
        elif first_change(was, held[path]) is not None:
            yield Leaf(path, "written", (), ())


# ---------------------------------------------------------------- results as numbers


def leaves(result: Any, path: str = "") -> Iterator[Leaf]:
    """The arrays and numbers of a nested result; a list of numbers is one leaf."""
    if isinstance(result, dict):
        for key in sorted(result, key=repr):
            yield from leaves(result[key], f"{path}[{key!r}]")
        return
    as_list = "list " if isinstance(result, list | tuple) else ""
    if as_list and any(isinstance(v, np.ndarray | dict | list | tuple) for v in result):
        for place, entry in enumerate(result):
            yield from leaves(entry, f"{path}[{place}]")
        return
    try:
        a = np.array(result, subok=False)
    except Exception:  # an object of the student's whose conversion fails
        a = np.array(None)
    kind = {"f": "f8" if a.dtype.itemsize == 8 else "f4", "i": "i", "u": "i", "b": "b", "c": "c"}.get(a.dtype.kind, "")
    if not kind:
        yield Leaf(path, f"{as_list}{type(result).__name__}", a.shape, ())
        return
    yield Leaf(path, as_list + kind, a.shape, _sketch(a))


def _sketch(a: np.ndarray) -> tuple[float, ...]:
    """All numbers of a small array; of a large one twelve entries, two means, and how many are not finite."""
    flat = a.ravel().view(float) if a.dtype == np.complex128 else a.ravel().real.astype(float)
    if flat.size <= WHOLE:
        return tuple(map(rounded, flat.tolist()))
    picked = flat[np.linspace(0, flat.size - 1, 12).astype(int)].tolist()
    finite = flat[np.isfinite(flat)]
    with np.errstate(all="ignore"):
        sums = [finite.mean(), np.sqrt((finite**2).mean())] if finite.size else [0.0, 0.0]
    return tuple(map(rounded, [*picked, *map(float, sums), float(flat.size - finite.size)]))


def rounded(x: float) -> float:
    """To as many digits as a comparison needs; rounding noise near 0 is 0."""
    if not math.isfinite(x):
        return x
    return 0.0 if abs(x) < ATOL / 10 else float(f"{x:.{DIGITS}g}")


# ---------------------------------------------------------------- comparison


def same(a: Outcome, b: Outcome) -> bool:
    """Whether two calls gave the same."""
    if (a.error, a.warnings) != (b.error, b.warnings) or (a.leaves is None) != (b.leaves is None):
        return False
    return same_leaves(a.leaves or (), b.leaves or ()) and same_leaves(a.changed, b.changed)


def same_numbers(a: Outcome, b: Outcome) -> bool:
    """Whether the values agree, whatever the call did besides."""
    if a.leaves is None or b.leaves is None:
        return False
    return same_leaves(a.leaves, b.leaves)


def same_leaves(a: Sequence[Leaf], b: Sequence[Leaf], rtol: float | None = None) -> bool:
    """Whether two results agree, whatever the types of their numbers. rtol: not the usual one."""
    return len(a) == len(b) and all(_same_leaf(u, v, rtol) for u, v in zip(a, b, strict=True))


def _same_leaf(a: Leaf, b: Leaf, rtol: float | None) -> bool:
    alike = a.kind == b.kind or (a.kind in NUMBERS and b.kind in NUMBERS)
    if not alike or a.path != b.path or a.shape != b.shape or len(a.numbers) != len(b.numbers):
        return False
    if rtol is None:
        rtol = RTOL_FLOAT32 if "f4" in a.kind + b.kind else RTOL
    return all(_near(x, y, rtol) for x, y in zip(a.numbers, b.numbers, strict=True))


def _near(x: float, y: float, rtol: float) -> bool:
    if not (math.isfinite(x) and math.isfinite(y)):
        return x == y or (x != x and y != y)
    return abs(x - y) <= rtol * abs(y) + ATOL


def finite(outcome: Outcome) -> bool:
    """Whether a result came out, and all of its numbers are finite."""
    return bool(outcome.leaves) and all(math.isfinite(x) for leaf in outcome.leaves or () for x in leaf.numbers)


# ---------------------------------------------------------------- arguments as plain data


class NotPlain(Exception):  # noqa: N818  (says what the arguments are)
    """An argument that cannot be stored."""


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
    name = bound_name(value) or getattr(value, "__name__", None)
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


def outline(value: Any) -> tuple[str, list[float]]:
    """The structure of an argument, and its numbers in their order; raises NotPlain for objects and what is too large.

    What NumPy takes for the same array has one outline, whatever its type.
    """
    numbers: list[float] = []
    text = _outline(value, numbers)
    if len(numbers) > MAX_NUMBERS:
        raise NotPlain
    return text, numbers


def _outline(value: Any, numbers: list[float]) -> str:
    if value is None or isinstance(value, bool | str):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_outline(value[k], numbers)}" for k in sorted(value, key=repr)) + "}"
    try:
        a = np.asarray(value)
    except ValueError:  # rows of different lengths
        a = np.asarray(None)
    if a.dtype.kind in "biuf":
        numbers += a.ravel().astype(float).tolist()
        return str(a.shape)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_outline(v, numbers) for v in value) + "]"
    raise NotPlain


def short(numbers: Iterable[float]) -> list[Any]:
    """Numbers as JSON data, whole ones without a decimal point; `float` reads each."""
    return _tokens([int(x) if math.isfinite(x) and x == int(x) and abs(x) < 1e15 else x for x in numbers])


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
    name = bound_name(value) or getattr(value, "__name__", None)
    return name if isinstance(name, str) else type(value).__name__


# ---------------------------------------------------------------- outcomes as plain data


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
    return [leaf.path, leaf.kind, list(leaf.shape), short(leaf.numbers)]


def _unpack_leaf(data: Sequence[Any]) -> Leaf:
    path, kind, shape, numbers = data
    return Leaf(path, kind, tuple(shape), tuple(map(float, numbers)))
