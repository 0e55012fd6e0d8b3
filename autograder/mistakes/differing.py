"""Runs the examples of the exercises on the variants of the bank, in plain processes, with all else right.

A mistake must differ from what is right in one of them, and an accepted variant in none. The examiner must show the
same as is found here, where each example runs with a variant that nothing has called before.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any, Final

import numpy as np

from nbcore.probe.examples import Example, run_text

from ..course.bank import Variant, substitute
from ..course.code import compiled
from ..course.plan import Plan
from ..processes import fork_map, warm_up
from .trace import OutOfTime, right_namespace, stopped_after

_SECONDS: Final = 1.0  # of one example: nearly all take less than a hundredth
_BATCH: Final = 16


@dataclass(frozen=True)
class Differing:
    """An example in which a variant does not give what is right. raised: it ended with an error."""

    aspect: str
    code: str
    yours: str
    right: str
    raised: bool


def differing(
    plan: Plan, examples: Mapping[str, Sequence[Example]], variants: Sequence[Variant], jobs: int | None = None
) -> Iterator[tuple[Variant, list[Differing]]]:
    """For each variant the examples of its exercise in which it differs, from small to large. examples: by exercise."""

    @cache
    def right() -> dict[str, Any]:
        """In a child, for all variants of its batch."""
        return right_namespace(plan.cells)

    def rows(variant: Variant) -> Iterator[Differing]:
        yield from _differing(plan, right(), examples.get(variant.exercise, ()), variant)

    warm_up(plan, (variant.code for variant in variants))
    yield from zip(variants, fork_map(rows, variants, Differing, _BATCH, jobs), strict=True)


def _differing(
    plan: Plan, right: Mapping[str, Any], examples: Sequence[Example], variant: Variant
) -> Iterator[Differing]:
    code = compiled(variant.exercise, substitute(plan.solutions[variant.exercise], variant.code))
    for example in examples:
        own = dict(right)
        np.random.seed(0)  # noqa: NPY002
        with suppress(OutOfTime), stopped_after(_SECONDS):
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                exec(code, own)
            ran = run_text(example.code, own, example.words)
            if example.differs(ran) and not ran.empty:
                yield Differing(example.aspect, example.code, *example.in_words(ran), ran.outcome.error is not None)
