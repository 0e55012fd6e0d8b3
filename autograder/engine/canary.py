"""Cells that must fail, or give a known result, in a process that is still honest about outcomes.

They run around in-process test cells, with fresh numbers each time. A student's code can fool them with effort; hidden
tests do not rely on them.
"""

import random

from ..examiner.session import Session


def tampered(session: Session, rng: random.Random) -> str:
    """What is wrong with the process, or "". Says nothing about a process that is dead."""
    a, b = rng.sample(range(1000, 100_000), 2)
    failing = (
        ("assert", f"assert {a} == {b}"),
        ("numpy.testing", f"__import__('numpy').testing.assert_allclose([{a}.0], [{b}.0])"),
    )
    for name, source in failing:
        result = session.run_cell(source, 5.0, history=False)
        if session.dead is not None:
            return ""
        if result.error is None:
            return f"a failed test passes ({name})"
    source = (
        f"[abs(-{a}.5), max({a}, {b}), {a} == {b}, __import__('math').isclose({a}, {b}), "
        f"bool(__import__('numpy').allclose([{a}.0], [{b}.0])), sum([{a}, {b}]), "
        f"float(__import__('numpy').linalg.norm([3.0 * {a}, 4.0 * {a}]))]"
    )
    expected = repr([a + 0.5, max(a, b), False, False, False, a + b, 5.0 * a])
    outputs = session.run_cell(source, 5.0, history=False).outputs
    if session.dead is not None:
        return ""
    shown = [o["data"].get("text/plain") for o in outputs if o["output_type"] == "execute_result"]
    return "" if shown == [expected] else "the functions that tests compute with give other results"
