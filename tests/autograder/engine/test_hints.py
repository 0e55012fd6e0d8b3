"""The hint of a recognised mistake stands beside the failed tests that it explains, and beside no other."""

from autograder.engine.cells import _show, add_hints
from autograder.engine.record import CellRecord, Mark
from autograder.examiner.examine import FailedPart, Verdict
from autograder.mistakes.recognise import RecognisedMistake

SLOPE = RecognisedMistake("tanh", "slope of the sigmoid", "Which function's slope is it?", ("gradient",))
STEEP = RecognisedMistake("tanh", "forgets the factor 2", "How steep is tanh at 0?", ("value", "gradient"))


def failed(name: str) -> CellRecord:
    verdict = Verdict(False, "tanh of arrays", "its own hint", more=(FailedPart("tanh of lists", "another"),))
    cell = CellRecord(0, name, mark=Mark(name, 2.0, 0.0, "examiner", verdict))
    _show(cell, verdict)
    return cell


def test_a_hint_stands_beside_the_tests_of_the_aspects_that_the_mistake_breaks() -> None:
    value, gradient, other = cells = [failed(f"test-{name}") for name in ("tanh-value", "tanh-gradient", "relu-value")]
    add_hints(cells, [SLOPE, STEEP])
    said = {cell.name: "\n".join(cell.outputs[-1]["traceback"]) for cell in cells}
    assert SLOPE.hint not in said[value.name]
    assert STEEP.hint in said[value.name]
    assert SLOPE.hint in said[gradient.name]
    assert STEEP.hint in said[gradient.name]
    assert "its own hint" in said[other.name]
    assert STEEP.hint not in said[other.name]


def test_what_a_students_exception_is_called_does_not_make_it_ours() -> None:
    own = {"output_type": "error", "ename": "HiddenTestFailed", "evalue": "mine", "traceback": ["mine"]}
    verdict = Verdict(False, "The visible tests of this cell did not pass")
    name = "test-tanh-value"
    cell = CellRecord(0, name, [own], mark=Mark(name, 2.0, 0.0, "examiner", verdict))
    add_hints([cell], [STEEP])
    assert cell.outputs == [own]


def test_the_other_failed_parts_stay_listed_below_the_hint() -> None:
    cell = failed("test-tanh-value")
    add_hints([cell], [STEEP])
    assert cell.outputs[-1]["traceback"] == ["tanh of arrays", STEEP.hint, "its own hint", "tanh of lists", "another"]
