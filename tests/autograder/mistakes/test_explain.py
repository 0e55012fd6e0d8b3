"""Which mistakes explain a trace: all of it, part of it, two together, several as well as one another, or none."""

from autograder.mistakes.explain import explain
from autograder.mistakes.recording import ExerciseRecording, KnownMistake, Traces
from autograder.mistakes.trace import Trace
from nbcore.probe.outcome import Outcome, leaves

N = 10


def number(value: float) -> Outcome:
    return Outcome(tuple(leaves(float(value))))


def failed(kind: str) -> Outcome:
    return Outcome(error=(kind, 1))


def trace(wrong: dict[int, Outcome] | None = None, missing: tuple[int, ...] = (), **more: object) -> Trace:
    """The right trace but for these entries."""
    outcomes = {n: number(n) for n in range(N)} | (wrong or {})
    return Trace({f"test-e-value/{n}/0": outcome for n, outcome in outcomes.items() if n not in missing}, **more)  # type: ignore[arg-type]


def recording(*wrong: tuple[str, str, Trace], **functions: tuple[str, str, Trace]) -> ExerciseRecording:
    """Mistakes in `f`, as (name, aspects, trace); others by the name of their function."""
    found = ExerciseRecording("e", [], {"f": Traces(trace())})
    for name, row in [*(("f", row) for row in wrong), *functions.items()]:
        mistake, aspects, its = row
        add(found, name, (len(found.mistakes),), its)
        found.mistakes.append(KnownMistake(mistake, tuple(aspects.split()), "A hint."))
    return found


def add(known: ExerciseRecording, function: str, numbers: tuple[int, ...], its: Trace) -> None:
    traces = known.alone.get(function, Traces(trace()))
    known.alone[function] = Traces.of(traces.right, traces.wrong | {numbers: its})


def named(known: ExerciseRecording, *lost: str, **traces: Trace) -> list[str]:
    return [one.name for one in explain(known, traces, lost or ("value",))]


DOUBLED = trace({n: number(2 * n) for n in range(1, N)})
NEGATIVE = trace({n: number(-n) for n in range(1, N)})
KINK = trace({0: number(1.0)})
TWO = (("doubled", "value", DOUBLED), ("negative", "value", NEGATIVE))


def test_what_agrees_is_named_and_nothing_else() -> None:
    assert named(recording(*TWO), f=DOUBLED) == ["doubled"]
    assert named(recording(*TWO), f=trace()) == []
    assert named(recording(*TWO), f=trace({n: number(7) for n in range(N)})) == []
    assert named(recording(*TWO)) == []


def test_most_of_it_is_enough() -> None:
    nearly = trace({n: number(2 * n) for n in range(1, N)} | {9: number(5)})
    assert named(recording(*TWO), f=nearly) == ["doubled"]
    half = trace({n: number(2 * n if n < 6 else 5) for n in range(1, N)})
    assert named(recording(*TWO), f=half) == []


def test_errors_of_another_kind_do_not_speak_against_a_mistake() -> None:
    lists_fail = trace({n: number(2 * n) for n in range(1, 6)} | {n: failed("AttributeError") for n in range(6, N)})
    assert named(recording(*TWO), f=lists_fail) == ["doubled"]
    all_fail = trace({n: failed("AttributeError") for n in range(N)})
    assert named(recording(*TWO), f=all_fail) == []


def test_where_two_do_equally_well_both_are_named_and_of_three_none() -> None:
    same = [("one", "value", DOUBLED), ("two", "value", DOUBLED), ("three", "value", DOUBLED)]
    assert named(recording(*same[:2]), f=DOUBLED) == ["one", "two"]
    assert named(recording(*same), f=DOUBLED) == []


def test_of_two_that_do_equally_well_the_lost_aspects_choose() -> None:
    both = recording(("one", "value", DOUBLED), ("two", "value purity", DOUBLED))
    assert named(both, "value", f=DOUBLED) == ["one"]
    assert named(both, "value", "purity", f=DOUBLED) == ["two"]


def test_a_mistake_whose_aspects_have_kept_their_points_is_not_named() -> None:
    assert named(recording(*TWO), "purity", f=DOUBLED) == []
    beside = trace({0: number(1.0)} | {n: number(7) for n in range(3, N)})
    assert named(recording(("kink", "gradient", KINK)), "value", f=beside) == []
    assert named(recording(("kink", "gradient", KINK)), "value", "gradient", f=beside) == ["kink"]


def test_two_mistakes_in_one_function_that_show_in_different_places() -> None:
    known = recording(("kink", "value", KINK), *TWO)
    assert named(known, f=trace({0: number(1.0)} | {n: number(-n) for n in range(1, N)})) == ["kink", "negative"]


def test_a_mistake_in_each_of_two_functions() -> None:
    known = recording(*TWO, g=("kink", "gradient", KINK))
    assert named(known, "value", "gradient", f=NEGATIVE, g=KINK) == ["negative", "kink"]
    fails = recording(*TWO, g=("fails", "gradient", trace({n: failed("TypeError") for n in range(N)})))
    broken = trace({n: failed("TypeError") for n in range(N)})
    assert named(fails, "value", "gradient", f=NEGATIVE, g=broken) == ["negative", "fails"]


def test_a_recorded_pair_is_named_as_two() -> None:
    known = recording(*TWO)
    add(known, "f", (0, 1), trace({n: number(-2 * n) for n in range(1, N)}))
    assert named(known, f=trace({n: number(-2 * n) for n in range(1, N)})) == ["doubled", "negative"]
    assert named(known, f=DOUBLED) == ["doubled"]


def test_numbers_of_another_type_are_the_same_mistake() -> None:
    whole = trace({n: Outcome(tuple(leaves(2 * n))) for n in range(1, N)})
    assert named(recording(*TWO), f=whole) == ["doubled"]


def test_warnings_and_changed_arguments_are_mistakes_of_their_own() -> None:
    overflow = {n: Outcome(tuple(leaves(float(n))), warnings=("overflow",)) for n in (3, 4)}
    known = recording(("overflows", "value", trace(overflow)), *TWO)
    assert named(known, f=trace(overflow)) == ["overflows"]
    assert named(known, f=trace({3: Outcome(tuple(leaves(3.0)), changed=tuple(leaves(1.0)))})) == []


def test_of_a_run_that_was_stopped_what_was_seen_counts() -> None:
    rest = tuple(range(5, N))
    assert named(recording(*TWO), f=trace(DOUBLED_START, rest, whole=False)) == ["doubled"]
    assert named(recording(*TWO), f=trace(DOUBLED_START, rest)) == ["doubled"]
    assert named(recording(*TWO), f=trace({}, rest)) == []


DOUBLED_START = {n: number(2 * n) for n in range(1, 5)}


def test_a_mistake_that_draws_is_known_by_drawing() -> None:
    places = frozenset(f"test-e-value/{n}/0" for n in range(N))
    drawn = trace({n: number(0.1 * n + 0.01) for n in range(N)}, unsteady=places)
    known = recording(("draws", "value", drawn), *TWO)
    again = {n: number(0.7 - 0.03 * n) for n in range(N)}
    assert named(known, f=trace(again, unsteady=places)) == ["draws"]
    assert named(known, f=trace(again)) == []
    assert named(known, f=DOUBLED) == ["doubled"]


def test_rounding_in_single_precision_differs_from_machine_to_machine() -> None:
    def rounded(by: float) -> Trace:
        return trace({n: number(n * (1 + by)) for n in (3, 7)})

    known = recording(("in single precision", "value", rounded(2e-7)), *TWO)
    assert named(known, f=rounded(-3e-7)) == ["in single precision"]
    assert named(known, f=rounded(1e-3)) == []


def test_what_is_not_written_yet_has_no_mistake() -> None:
    todo = trace({n: failed("NotImplementedError") for n in range(N)})
    assert named(recording(*TWO), f=todo) == []
    assert named(recording(*TWO, g=("kink", "gradient", KINK)), "value", "gradient", f=todo, g=KINK) == ["kink"]
