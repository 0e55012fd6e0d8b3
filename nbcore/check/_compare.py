"""Whether a result is the expected one: kind, shape, values, in this order; nested results entry by entry.

A result is turned into plain NumPy arrays first, so what is compared is numbers and never an object's own `==`. The
type of the numbers does not count, nor whether they came as an array, a list or a tuple.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from . import _patterns
from ._message import (
    ArrayBlock,
    Message,
    argument,
    array_blocks,
    capital,
    digits_to_tell_apart,
    index_text,
    number,
)

MAX_PLACES = 3  # wrong entries of a large array that a message lists


@dataclass(frozen=True)
class Problem:
    """What is wrong with a result.

    sentence continues "sigmoid: ..."; blocks are the labelled lines under it. remarks and notes close the message:
    general advice, which a hint on the very mistake may replace, and facts. path: into a nested result. values: whether
    it has the right form, and other numbers.
    """

    sentence: str
    pattern: str | None = None
    blocks: list[tuple[str, list[str]]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    path: str = ""
    values: bool = False

    def message(self, name: str, called: Sequence[str], place: str = "") -> str:
        """place: words for the part of the result that is wrong."""
        end = "" if self.sentence.endswith("?") else "."
        within = f"in {place}, " if place else ""
        message = Message(f"{name}: {within}{self.sentence}{end}").add("called", called)
        message.blocks += self.blocks
        message.remarks += self.remarks + self.notes
        return message.text()


@dataclass(frozen=True)
class Rules:
    """Tolerances of a comparison, and the arguments that explain a difference."""

    rtol: float
    atol: float
    args: Sequence[object] = ()


def compare(result: object, expected: object, rules: Rules, path: str = "") -> Problem | None:
    """None when `result` is as expected, else the first problem found.

    expected: a dict, tuple or list of expectations is compared entry by entry; a list or tuple of numbers, an array
    and a scalar are compared as arrays; None, str by equality.
    """
    if expected is None or isinstance(expected, str):
        same = type(result) is type(expected) and result == expected
        problem = None if same else _other(result, argument(expected))
    elif result is None:
        problem = nothing_returned()
    elif isinstance(expected, dict):
        problem = _compare_dict(result, expected, rules, path)
    elif isinstance(expected, list | tuple) and not _is_numbers(expected):
        problem = _compare_sequence(result, expected, rules, path)
    else:
        got, want = as_array(result), np.asarray(expected)
        if isinstance(got, Problem):
            problem = got
        else:
            apart = got.shape != want.shape
            problem = (_several(result) or shape_problem(got, want)) if apart else _compare_values(got, want, rules)
    return replace(problem, path=problem.path or path) if problem else None


def as_array(result: object) -> np.ndarray | Problem:
    """The result as a plain array of numbers (a copy of no subclass), or what is wrong with it."""
    if result is None:
        return nothing_returned()
    if isinstance(result, dict | str | bytes | set):
        return _other(result, "numbers")
    if callable(result) and not isinstance(result, np.ndarray | np.generic):
        return _other(result, "numbers", "it is a function and should be a number or an array")
    try:
        got = np.array(result, subok=False)
    except ValueError:
        if (several := _several(result)) is not None:
            return several
        problem = "the result has rows of different lengths"
        return Problem(problem, "ragged", [("returned", [argument(result, 80)])])
    except Exception as error:  # an object of the student's whose conversion fails
        problem = f"the result cannot be read as numbers ({type(error).__name__})"
        return Problem(problem, "not-numbers", [("returned", [argument(result, 80)])])
    if got.dtype.kind not in "biufc":
        if got.dtype == object and (several := _several(result)) is not None:
            return several
        if got.dtype == object and isinstance(result, np.ndarray | list | tuple):
            inside = sorted({type(v).__name__ for v in got.ravel()[:20]})
            problem = f"the result is an array of Python objects ({', '.join(inside)}), not of numbers"
            advice = ["Rows of different lengths, None or strings in an array lead to this."]
            return Problem(problem, "not-numbers", [("returned", [argument(result, 80)])], advice)
        if got.dtype.kind in "US":
            return _other(result, "numbers", "the result holds texts, not numbers")
        return _other(result, "numbers")
    return got


def _several(result: object) -> Problem | None:
    """Where a tuple of whole results came back, as `return A, cache` gives."""
    if not isinstance(result, tuple) or not any(isinstance(part, np.ndarray | dict | list) for part in result):
        return None
    if len(result) == 1:
        sentence, advice = "the result stands in a tuple", ["Is there a comma behind what is returned?"]
    else:
        sentence, advice = f"the result is a tuple of {len(result)} results, and one is asked for", []
    return Problem(sentence, "several-results", [("returned", [argument(result, 80)])], advice)


def nothing_returned() -> Problem:
    return Problem("the result is None: is a return missing?", "nothing-returned", [("returned", ["None"])])


def shape_problem(got: np.ndarray, want: np.ndarray, *, values: bool = True) -> Problem:
    """got.shape != want.shape. values=False: only the shape of `want` means something."""
    pattern = _patterns.of_shape(got, want)
    blocks = [
        ("returned", _with_shape(got)),
        ("expected", _with_shape(want) if values else [f"shape {want.shape}"]),
    ]
    return Problem(pattern.sentence, pattern.name, blocks, [pattern.advice] if pattern.advice else [])


def dtype_problem(got: np.ndarray) -> Problem:
    """Numbers of a kind that no real value can be compared with."""
    said = "the result has complex numbers" if got.dtype.kind == "c" else f"the result has dtype {got.dtype}"
    return Problem(said, "dtype", [("returned", _with_shape(got))])


def wrong_entries(got: np.ndarray, want: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    """Mask of the entries apart by more than atol + rtol*|want|. NaN agrees with NaN only, an infinity with itself."""
    got, want = (a.astype(float) if a.dtype.kind == "b" else a for a in (got, want))
    with np.errstate(all="ignore"):
        near = np.abs(got - want) <= atol + rtol * np.abs(want)
        near &= np.isfinite(want) & np.isfinite(got)  # rtol * inf would let everything pass
        same = (got == want) | (np.isnan(got) & np.isnan(want))
    return np.asarray(~(near | same))


def _compare_values(got: np.ndarray, want: np.ndarray, rules: Rules) -> Problem | None:
    if got.dtype.kind == "c" and want.dtype.kind != "c":
        return dtype_problem(got)
    if got.dtype.kind in "biu" and want.dtype.kind in "biu":
        wrong = np.asarray(got != want)  # whole numbers: exact, also beyond 2**53
    else:
        wrong = wrong_entries(got, want, rules.rtol, rules.atol)
    if not wrong.any():
        return None
    return values_problem(got, want, wrong, rules.args)


def values_problem(
    got: np.ndarray,
    want: np.ndarray,
    wrong: np.ndarray,
    args: Sequence[object],
    labels: tuple[str, str] = ("returned", "expected"),
    averages: bool | None = None,
) -> Problem:
    """Words for entries that differ. got, want, wrong: arrays of one shape. averages: see `_patterns.of_values`."""
    found = []
    if got.dtype.kind != "c" and want.dtype.kind != "c":
        found = _patterns.of_values(got, want, wrong, args, averages)
    count = f"{wrong.sum()} of {wrong.size} values {'is' if wrong.sum() == 1 else 'are'} wrong"
    if found:
        sentence = found[0].sentence
    elif wrong.ndim == 0:
        digits = digits_to_tell_apart([(got[()], want[()])])
        sentence = f"the value is {number(got[()], digits)}, it should be {number(want[()], digits)}"
    else:
        all_of_them = {1: "its one value is wrong", 2: "both values are wrong"}
        sentence = all_of_them.get(wrong.size, f"all {wrong.size} values are wrong") if wrong.all() else count
    if found and found[0].name == "all-zero" and got.dtype == bool:
        sentence = sentence.removesuffix("0") + "False"
    remarks = [found[0].advice] if found and found[0].advice else []
    remarks += [capital(p.sentence) + "." + (f" {p.advice}" if p.advice else "") for p in found[1:]]
    returned, expected = _result_blocks(got, want, wrong)
    blocks = [(labels[0], returned.lines), (labels[1], expected.lines)]
    large = returned.abbreviated
    everywhere = bool(found) and found[0].everywhere
    if wrong.ndim and (large or not (wrong.all() or everywhere)):
        blocks += _places(got, want, wrong, args, labels, large, 1 if everywhere else MAX_PLACES)
    return Problem(sentence, found[0].name if found else None, blocks, remarks, values=True)


def not_finite_problem(got: np.ndarray, args: Sequence[object]) -> Problem:
    """Words for infinities or NaN in a result of which no values are expected."""
    found = _patterns.of_not_finite(got, args)
    blocks = [("returned", array_blocks([got], 4)[0].lines)]
    return Problem(found.sentence, found.name, blocks, [found.advice])


def _result_blocks(got: np.ndarray, want: np.ndarray, wrong: np.ndarray) -> list[ArrayBlock]:
    """Both arrays, with digits enough to tell the wrong entries from the right ones."""
    pairs = list(zip(got[wrong].tolist(), want[wrong].tolist(), strict=True))[:50]
    return array_blocks([got, want], digits_to_tell_apart(pairs))


def _places(
    got: np.ndarray,
    want: np.ndarray,
    wrong: np.ndarray,
    args: Sequence[object],
    labels: tuple[str, str],
    large: bool,
    most: int,
) -> list[tuple[str, list[str]]]:
    """The wrong entries: where, and for a large array what stands there, the worst first."""
    with np.errstate(all="ignore"):
        distance = np.abs(got[wrong].astype(float) - want[wrong].astype(float)) / (1e-300 + np.abs(want[wrong]))
    indices = np.argwhere(wrong)
    if not large:
        if wrong.sum() > 6:
            return []
        return [("wrong at", [", ".join(index_text(i) for i in indices.tolist())])]
    order = np.argsort(np.where(np.isnan(distance), math.inf, distance))[::-1][:most]
    inputs = [a for a in args if isinstance(a, np.ndarray) and a.shape == got.shape]
    lines = []
    for index in (tuple(indices[i]) for i in order):
        digits = digits_to_tell_apart([(got[index], want[index])])
        line = (
            f"{index_text(index)}: {labels[0]} {number(got[index], digits)}, {labels[1]} {number(want[index], digits)}"
        )
        lines.append(line + (f", input {number(inputs[0][index])}" if len(inputs) == 1 else ""))
    if wrong.sum() > len(lines):
        lines.append(f"and at {wrong.sum() - len(lines)} more of {wrong.size} places")
    return [("wrong at", lines)]


def _with_shape(a: np.ndarray) -> list[str]:
    text, abbreviated = array_blocks([a], 4)[0]
    if abbreviated:
        return text
    if a.ndim == 0:
        return [f"{text[0]} (a single number, dtype {a.dtype})"]
    tail = f"shape {a.shape}, dtype {a.dtype}"
    return [f"{text[0]}  {tail}"] if len(text) == 1 else [*text, tail]


def _other(result: object, expected: str, sentence: str = "") -> Problem:
    kind = type(result).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    sentence = sentence or f"the result is {article} {kind}, it should be {expected}"
    return Problem(sentence, "kind", [("returned", [argument(result, 80)]), ("expected", [expected])])


def _is_numbers(value: list | tuple) -> bool:
    """Whether a list or tuple is numbers all the way down, and so stands for an array."""
    plain = all(
        _is_numbers(v) if isinstance(v, list | tuple) else isinstance(v, bool | int | float | np.number | np.bool_)
        for v in value
    )
    if not plain:
        return False
    try:
        np.asarray(value)
    except ValueError:  # ragged: rows of different lengths are separate results
        return False
    return True


def _compare_dict(result: object, expected: dict, rules: Rules, path: str) -> Problem | None:
    if not isinstance(result, dict):
        return _other(result, f"a dict with the keys {', '.join(map(repr, expected))}")
    entries = dict(dict.items(result))
    missing = [k for k in expected if k not in entries]
    extra = [k for k in entries if k not in expected]
    if missing or extra:
        said = [
            f"the key {', '.join(map(repr, keys))} is {word}"
            for keys, word in ((missing, "missing"), (extra, "extra"))
            if keys
        ]
        blocks = [
            ("returned", [f"keys {', '.join(map(repr, entries))}"]),
            ("expected", [f"keys {', '.join(map(repr, expected))}"]),
        ]
        return Problem(" and ".join(said), "keys", blocks)
    return _first(compare(entries[k], v, rules, f"{path}[{k!r}]") for k, v in expected.items())


def _compare_sequence(result: object, expected: Sequence, rules: Rules, path: str) -> Problem | None:
    count = f"{len(expected)} results"
    if not isinstance(result, list | tuple | np.ndarray):
        return _other(result, f"{count}, as a tuple or a list")
    # An array stands for several results only where it holds them: the rows of a matrix that came alone are none.
    if isinstance(result, np.ndarray) and not _holds(result, expected):
        sentence = f"it returned one array, it should return {count}"
        return Problem(sentence, "count", [("returned", [argument(result, 80)]), ("expected", [count])])
    entries = list(np.asarray(result)) if isinstance(result, np.ndarray) else list(result)
    if len(entries) != len(expected):
        sentence = f"it returned {len(entries)} results, it should return {len(expected)}"
        return Problem(sentence, "count", [("returned", [argument(result, 80)]), ("expected", [count])])
    return _first(compare(r, e, rules, f"{path}[{i}]") for i, (r, e) in enumerate(zip(entries, expected, strict=True)))


def _holds(result: np.ndarray, expected: Sequence) -> bool:
    """Whether an array has one entry for each expected result, all of its shape."""
    return result.ndim > 0 and len(result) == len(expected) and all(np.shape(e) == result.shape[1:] for e in expected)


def _first(problems: Iterable[Problem | None]) -> Problem | None:
    return next((p for p in problems if p is not None), None)
