"""What a wrong result has in common with the right one: a factor, a sign, a row, the inputs below zero.

Pure functions of arrays. They never decide whether a result is right: `_compare` has done so before it asks here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ._message import index_text, number, plural

RTOL = 1e-5  # how exactly a pattern must fit; looser than the checks, tighter than chance


@dataclass(frozen=True)
class Pattern:
    """name: for programs. sentence: continues "sigmoid: ...". advice: a further sentence, or ""."""

    name: str
    sentence: str
    advice: str = ""
    everywhere: bool = False  # says something about all entries: a list of the wrong places would add nothing


# ---------------------------------------------------------------- shapes


def of_shape(result: np.ndarray, expected: np.ndarray) -> Pattern:
    """The most telling description of a wrong shape; `result` and `expected` have different shapes."""
    got, want = result.shape, expected.shape
    said = f"the shape is {got}, it should be {want}"
    if len(got) > 1 and got == want[::-1]:
        also = " The values are right otherwise." if _close(result.T, expected).all() else ""
        return Pattern("transposed", said, "Rows and columns are swapped: the result is transposed." + also)
    if got == ():
        return Pattern(
            "missing-dimension",
            f"the result is a single number, it should be an array of shape {want}",
            "Does a function on the way reduce the whole array to one number, as np.max or np.sum do?",
        )
    m = got[0]
    if got == (m, m) and m > 1 and want in ((m,), (m, 1), (1, m)) and _close(np.diag(result), expected.ravel()).all():
        return Pattern(
            "broadcast",
            said,
            f"An array of shape ({m},) combined with one of shape ({m}, 1) gives ({m}, {m}): print the shapes.",
        )
    if want == ():
        if result.size == 1:
            return Pattern("extra-dimension", f"the result is an array of shape {got}, it should be a single number")
        return Pattern(
            "extra-dimension",
            f"the result is an array of shape {got}, it should be a single number",
            "Is a sum or a mean over the whole array missing?",
        )
    ones_apart = tuple(n for n in got if n != 1) == tuple(n for n in want if n != 1)
    if len(got) < len(want):
        axis = _dropped_axis(want, got)
        if ones_apart:
            return Pattern("missing-dimension", said, "A dimension of length 1 got lost (see keepdims and reshape).")
        if axis is not None:
            return Pattern("missing-dimension", said, f"Axis {axis} is gone: was it summed or averaged away?")
    if len(got) > len(want):
        axis = _dropped_axis(got, want)
        if ones_apart:
            return Pattern("extra-dimension", said, "There is a dimension of length 1 too many.")
        if axis is not None:
            return Pattern("extra-dimension", said, f"Axis {axis} is too many: is a sum or a mean over it missing?")
    times = len(got) == len(want) and got[1:] == want[1:] and 0 < want[0] < got[0] and got[0] % want[0] == 0
    varied = result.size > 0 and (result != result.flat[0]).any()
    if times and varied and (result.reshape(-1, *want) == result[: want[0]]).all():
        advice = "The same values come again: a list times 2 is repeated, an array times 2 is doubled."
        return Pattern("repeated", said, advice)
    if len(got) == len(want) == 1 and 0 < got[0] < want[0] and _close(result, expected[: got[0]]).all():
        first = "value is right" if got[0] == 1 else f"{got[0]} values are right"
        return Pattern("cut-short", said, f"The first {first}, the others are missing: is each one kept?")
    if len(got) == len(want):
        apart = [i for i in range(len(got)) if got[i] != want[i]]
        if len(apart) == 1 and abs(got[apart[0]] - want[apart[0]]) == 1:
            word = "too many" if got[apart[0]] > want[apart[0]] else "too few"
            what = "entry" if len(got) == 1 else f"entry along axis {apart[0]}"
            return Pattern("off-by-one", said, f"There is one {what} {word}.")
    return Pattern("shape", said)


def _dropped_axis(longer: tuple[int, ...], shorter: tuple[int, ...]) -> int | None:
    """The one axis of `longer` without which it equals `shorter`."""
    return next((i for i in range(len(longer)) if longer[:i] + longer[i + 1 :] == shorter), None)


# ---------------------------------------------------------------- values


def of_values(
    result: np.ndarray,
    expected: np.ndarray,
    wrong: np.ndarray,
    args: Iterable[object],
    averages: bool | None = None,
) -> list[Pattern]:
    """Patterns of a difference, the most telling first; at most two.

    result, expected: arrays of real numbers and one shape. wrong: mask of the entries that do not agree.
    args: the arguments of the call; their shapes explain factors, their signs explain places.
    averages: whether the function may sum or average over examples, so that a factor can be their number. None: guess;
        a function of one array that gives an array of that shape is taken to be elementwise.
    """
    with np.errstate(all="ignore"):
        whole = result.dtype.kind in "iu"
        return _of_values(result.astype(float), expected.astype(float), wrong, _arrays(args), averages, whole)


def _of_values(
    result: np.ndarray,
    expected: np.ndarray,
    wrong: np.ndarray,
    arrays: Sequence[np.ndarray],
    averages: bool | None,
    whole: bool,
) -> list[Pattern]:
    x = _input_of(result, arrays)
    if averages is None:
        averages = x is None or sum(a.ndim > 0 for a in arrays) > 1
    meanings = sizes(arrays) if averages else {}
    broken = wrong & ~np.isfinite(result)
    if broken.any():
        return [_not_finite(result, broken, arrays, expected)]
    subject = "every value" if result.size > 1 else "the value"
    everywhere = _relation(result, expected, subject, meanings, whole) or _explanation(result, expected, subject)
    if everywhere is not None:
        return [replace(everywhere, everywhere=True)]
    found = []
    place = _place(wrong, x)
    if place is not None:
        found.append(place)
    if 1 < wrong.sum() < wrong.size:
        part = _relation(result[wrong], expected[wrong], f"each of the {wrong.sum()} wrong values", meanings, whole)
        if part is not None:
            found.append(part)
    return found


def sizes(arrays: Sequence[np.ndarray]) -> dict[int, str]:
    """Numbers that a forgotten or doubled average would show up as, and what they are."""
    meaning: dict[int, str] = {}
    for a in arrays:
        if a.ndim >= 1:
            meaning.setdefault(a.shape[0], "the number of rows (examples)" if a.ndim > 1 else "the number of entries")
    for a in arrays:
        if a.ndim >= 2:
            meaning.setdefault(a.shape[-1], "the number of columns")
            meaning.setdefault(a.size, "the number of all entries")
    return {n: text for n, text in meaning.items() if n > 1}


def _input_of(result: np.ndarray, arrays: Sequence[np.ndarray]) -> np.ndarray | None:
    """The one argument of the shape of the result, if there is one."""
    alike = [a for a in arrays if a.shape == result.shape]
    return alike[0] if len(alike) == 1 else None


def _arrays(args: Iterable[object]) -> list[np.ndarray]:
    return [a for a in map(_numeric, args) if a is not None]


def _numeric(value: object) -> np.ndarray | None:
    if not isinstance(value, np.ndarray | list | tuple | int | float | np.number):
        return None
    try:
        a = np.asarray(value)
    except ValueError:  # ragged
        return None
    return a.astype(float) if a.dtype.kind in "biuf" else None


def _close(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Agreement relative to each entry, with slack of rounding size where the entry is near zero."""
    finite = np.abs(b[np.isfinite(b)])
    scale = finite.max() if finite.size else 0.0
    return np.isclose(a, b, rtol=RTOL, atol=1e-9 * scale)


def of_not_finite(result: np.ndarray, args: Iterable[object]) -> Pattern:
    """The pattern of a result with infinities or NaN, where nothing else is known of what it should be."""
    return _not_finite(result, ~np.isfinite(result), _arrays(args))


def _not_finite(
    result: np.ndarray, broken: np.ndarray, arrays: Sequence[np.ndarray], expected: np.ndarray | None = None
) -> Pattern:
    x = _input_of(result, arrays)
    first = tuple(np.argwhere(broken)[0])
    what = number(result[first])
    if result.ndim == 0:
        where = "" if x is None else f" for the input {number(x[first])}"
        sentence = f"the result is {what}{where}"
        if expected is not None:
            sentence += f", it should be {number(expected[first])}"
    else:
        where = "" if x is None else f", where the input is {number(x[first])}"
        count = f" ({broken.sum()} of {broken.size} values are not finite)" if broken.sum() > 1 else ""
        sentence = f"the result is {what} at {index_text(first)}{where}{count}"
    handed_in = [entry for array in arrays for entry in array[~np.isfinite(array)].flat]
    if handed_in:
        return Pattern("not-finite", sentence, f"An argument holds {number(handed_in[0])} already: where does it go?")
    if x is not None and abs(x[first]) >= 50:
        return Pattern("not-finite", sentence, "For an input this large, look for an exponential that overflows.")
    return Pattern("not-finite", sentence, "Look for 0/0, log(0), a division by 0 or an overflow on the way.")


ROUNDED = {
    True: "An array of integers keeps only whole numbers.",
    False: "Is it rounded, by round or floor or //?",
}  # by whether the result holds integers


def _relation(r: np.ndarray, e: np.ndarray, subject: str, meanings: dict[int, str], whole: bool) -> Pattern | None:
    """What every value of the result is to the expected one: a statement of fact. whole: the result holds integers."""
    r, e = r.ravel(), e.ravel()
    if not np.isfinite(e).all() or not np.isfinite(r).all() or not e.size:
        return None
    telling = np.unique(np.abs(e[e != 0])).size > 1  # one number alone fits a factor and an offset of any size
    # 0 and 1 are the values of a step as well, which a slope may have been taken for
    found = np.unique(np.abs(r[r != 0]))
    cut = (r == np.trunc(e)).all() and (e != np.trunc(e)).any()
    if cut and found.max(initial=0) > 1 and found.size + whole > 1:
        return Pattern(
            "integer-truncation",
            f"{subject} is cut off to a whole number",
            ROUNDED[whole],
        )
    if not r.any():
        return Pattern("all-zero", f"{subject} is 0")
    if e.any() and _close(-r, e).all():
        return Pattern("sign-flipped", f"{subject} has the wrong sign")
    factor = _factor(r, e, subject, meanings, telling)
    if factor is not None:
        return factor
    if telling and _close(r, np.float32(e).astype(float)).all() and (r == r.astype(np.float32)).all():
        return Pattern(
            "float32",
            f"{subject} has the precision of float32 only",
            "Compute in float64, which NumPy takes for floats by itself.",
        )
    offset = float(np.mean(r - e))
    if telling and e.size > 1 and _near(r - e, np.full_like(e, offset), e):
        word = "large" if offset > 0 else "small"
        return Pattern("constant-offset", f"{subject} is too {word} by {number(abs(offset))}")
    if (e != 0).all():
        apart = float(np.max(np.abs(r / e - 1)))
        if apart < 1e-3:
            return Pattern(
                "nearly-right",
                f"{subject} is close, but off by up to {apart:.1g} of its size",
                "Is a small constant added, a limit set too tight, or a step too coarse?",
            )
    return None


def _explanation(r: np.ndarray, e: np.ndarray, subject: str) -> Pattern | None:
    """What may have been done instead. Two that explain the same numbers explain nothing."""
    if not np.isfinite(e).all() or not np.isfinite(r).all():
        return None
    found = [*_formulas(r.ravel(), e.ravel(), subject), *_moved(r, e)] or list(_lines(r, e))
    return found[0] if len(found) == 1 else None


def _formulas(r: np.ndarray, e: np.ndarray, subject: str) -> Iterator[Pattern]:
    """Another formula of the expected value. One number alone, 0, 1/2, 1 and 2 fit such formulas by chance."""
    if (e < 0).any() and _close(r, np.abs(e)).all():
        yield Pattern("sign-lost", "values that should be negative are positive", "Was an absolute value taken?")
    if np.unique(np.abs(e)).size < 2 or np.isin(np.abs(e), (0.0, 0.5, 1.0, 2.0)).all():
        return
    if _close(1 - r, e).all():
        yield Pattern("complement", f"{subject} is 1 minus the expected one", "Is a sign in the formula wrong?")
    if (e != 0).all() and (r != 0).all() and _close(1 / r, e).all():
        yield Pattern("reciprocal", f"{subject} is 1 divided by the expected one")
    if _close(r, e**2).all():
        yield Pattern("squared", f"{subject} is the square of the expected one", "Is a square root missing?")
    if (r >= 0).all() and _close(r**2, e).all():
        yield Pattern("square-root", f"{subject} is the square root of the expected one")


def _factor(r: np.ndarray, e: np.ndarray, subject: str, meanings: dict[int, str], telling: bool) -> Pattern | None:
    if not e.any() or not (r[e != 0] != 0).all():
        return None
    at = int(np.argmax(np.abs(e)))
    k = float(r[at] / e[at])
    if not 1e-12 < abs(k) < 1e12 or not _close(r, k * e).all() or abs(abs(k) - 1) < 1e-3:
        return None
    large = abs(k) > 1
    ratio = abs(k) if large else 1 / abs(k)
    nearest = round(ratio)
    whole = nearest > 1 and abs(ratio - nearest) < 1e-4 * nearest
    meaning = meanings.get(nearest) if whole else None
    if not telling and meaning is None and not (whole and nearest == 2):
        return None
    sign = " and has the wrong sign" if k < 0 else ""
    times = str(nearest) if whole else f"{ratio:.4g}"
    sentence = f"{subject} is {times} times too {'large' if large else 'small'}{sign}"
    if meaning is not None:
        how = "check where the formula divides by it" if large else "check whether you divide by it once too often"
        advice = f"{nearest} is {meaning}: {how}."
        if nearest == 2:
            advice = f"See where a factor 2 or 1/2 comes in (2 is also {meaning})."
    elif whole and nearest in (2, 4):
        advice = "See where a factor 2 or 1/2 comes in."
    else:
        advice = ""
    return Pattern("constant-factor", sentence, advice)


def _moved(r: np.ndarray, e: np.ndarray) -> Iterator[Pattern]:
    """The right numbers in other places."""
    if r.ndim == 2 and r.shape[0] == r.shape[1] and r.size > 1 and _close(r.T, e).all():
        yield Pattern("transposed", "the result is transposed: rows and columns are swapped")
    elif r.ndim >= 1 and len(r) > 1 and _close(r[::-1], e).all():
        yield Pattern("permuted", f"the {'rows' if r.ndim > 1 else 'values'} are right, but from the last to the first")
    elif r.size > 2 and _close(np.sort(r.ravel()), np.sort(e.ravel())).all():
        rows = r.ndim == 2 and _close(r[np.lexsort(r.T)], e[np.lexsort(e.T)]).all()
        yield Pattern("permuted", f"the {'rows' if rows else 'values'} are right, but in another order")


def _lines(r: np.ndarray, e: np.ndarray) -> Iterator[Pattern]:
    """Rows or columns with a factor or an offset of their own, or the sums of one where those of the other should be.

    Where all rows of the expected matrix are multiples of one, as in an outer product, any mistake gives them factors.
    """
    if r.ndim != 2 or min(r.shape) < 2:
        return
    if np.linalg.matrix_rank(e, tol=1e-9 * np.abs(e).max()) > 1:
        for name, a, b in (("row", r, e), ("column", r.T, e.T)):
            k = np.array([_own_factor(u, v) for u, v in zip(a, b, strict=True)])
            if np.isfinite(k).all() and np.ptp(k) > 1e-3 and np.abs(k - 1).min() > 1e-6:
                total = b.sum(axis=1)
                of_all = total[0] != 0 and _close(np.append(total, a.sum()), np.full(len(b) + 1, total[0])).all()
                advice = f"All values add up to {number(total[0])}, where each {name} should: see axis and keepdims."
                sentence = f"each {name} is right up to a factor of its own"
                yield Pattern(f"{name}-factor", sentence, advice if of_all else "")
                return
    for name, a, b in (("row", r, e), ("column", r.T, e.T)):
        shift = (a - b).mean(axis=1, keepdims=True)
        if np.ptp(shift) > 1e-6 and shift.all() and _near(a - b, shift, b):
            sentence = f"each {name} is off by a number of its own"
            advice = "Is a term missing that is the same along this axis, a bias for instance?"
            yield Pattern(f"{name}-offset", sentence, advice)
            return
    total, other = e.sum(axis=1), r.sum(axis=0)
    same = total[0] != 0 and all(_close(t, np.full_like(t, total[0])).all() for t in (total, other))
    if same and np.ptp(r.sum(axis=1)) > 1e-6:
        sentence = f"the columns add up to {number(total[0])}, where the rows should"
        yield Pattern("wrong-axis", sentence, "See which axis the sum runs over.")


def _near(a: np.ndarray, b: np.ndarray, scale: np.ndarray) -> bool:
    """Agreement of differences, whose rounding is that of the numbers they come from."""
    return bool(np.allclose(a, b, rtol=RTOL, atol=1e-12 * float(np.abs(scale).max())))


def _own_factor(u: np.ndarray, v: np.ndarray) -> float:
    """k with u = k v, or NaN. A row needs two different values to count."""
    if np.unique(v[v != 0]).size < 2:
        return float("nan")
    k = float(u @ v / (v @ v))
    return k if k != 0 and _close(u, k * v).all() else float("nan")


def _place(wrong: np.ndarray, x: np.ndarray | None) -> Pattern | None:
    """Where the wrong entries are: below zero, at zero, in certain rows."""
    if wrong.all() or not wrong.any():
        return None
    if x is not None:
        below, zero, above = x < 0, x == 0, x > 0
        if (wrong & zero).any() and not (wrong & ~zero).any():
            return Pattern("wrong-at-zero", "the values are right, except where the input is 0")
        for name, side, other, word in (
            ("wrong-for-negative", below, above, "below"),
            ("wrong-for-positive", above, below, "above"),
        ):
            only_here = not (wrong & ~side & ~zero).any() and (wrong & side).sum() * 2 > side.sum()
            if only_here and (other & ~wrong).any():
                at_zero = "or equal to " if (wrong & zero).any() else ""
                at_zero = f"{word} {at_zero}0"
                return Pattern(name, f"the values are wrong only where the input is {at_zero}")
        size = np.abs(x)
        if size[wrong].min() > size[~wrong].max() and size[wrong].min() >= 5:
            least = number(size[wrong].min(), 4)
            return Pattern("wrong-for-large", f"the values are wrong only for large inputs (here from {least} on)")
    if wrong.ndim == 2:
        for name, mask in (("row", wrong), ("column", wrong.T)):
            bad = np.asarray(mask.any(axis=1))
            if len(bad) > 1 and not bad.all() and mask[bad].mean() > 0.7 and mask.shape[1] > 1:
                return Pattern(f"wrong-{name}s", _which(bad, name))
    if wrong.ndim == 1 and wrong.size > 2 and (wrong[1:].all() or wrong[:-1].all()):
        good = "first" if not wrong[0] else "last"
        return Pattern("first-only" if good == "first" else "last-only", f"only the {good} value is right")
    return None


def _which(bad: np.ndarray, name: str) -> str:
    good = np.flatnonzero(~bad)
    wrong = np.flatnonzero(bad)
    if len(good) == 1:
        return f"only {name} {good[0]} is right"
    if len(wrong) == 1:
        return f"only {name} {wrong[0]} is wrong"
    if len(wrong) <= 4:
        return f"{name}s {', '.join(map(str, wrong))} are wrong, the others are right"
    return f"{plural(len(good), name)} of {len(bad)} are right, the others are wrong"
