"""Why something was stopped: a sentence for each reason, and what kind of finding it is."""

from typing import get_args

import pytest

from autograder.limits import GIB, Kind, Stop

SENTENCES = {
    Stop("memory", 0.6 * GIB): "memory limit of 0.6 GiB reached in cell t",
    Stop("cpu", 120.0): "CPU limit of 120 s reached in cell t",
    Stop("wall", 300.0): "time limit of 300 s for the notebook reached in cell t",
    Stop("cell", 30.0): "time limit of 30 s reached in cell t",
    Stop(
        "call", 2.5, "it could not be interrupted"
    ): "time limit of 2.5 s reached in cell t: it could not be interrupted",
    Stop("size", detail="more than 9 values"): "a value was too large to be handed over in cell t: more than 9 values",
    Stop("protocol", detail="malformed answer"): (
        "the notebook's process ended in cell t, for it broke the rules of its conversation with the examiner: malformed answer"
    ),
    Stop("closed"): "the notebook's process ended in cell t",
    Stop("exit", 3): "the process ended itself with status 3 in cell t",
    Stop("signal", 9): "the process was ended by signal 9 (SIGKILL) in cell t",
    Stop("signal", 63): "the process was ended by signal 63 in cell t",
    Stop("grader", detail="the process did not end"): "the grader gave up in cell t: the process did not end",
}


@pytest.mark.parametrize("stop", SENTENCES)
def test_a_stop_in_words_with_its_cell_and_without(stop: Stop) -> None:
    assert stop.sentence("t") == SENTENCES[stop]
    assert stop.sentence() == SENTENCES[stop].replace(" in cell t", "")
    assert stop.finding() == ("protocol" if stop.kind == "protocol" else "limit")


def test_every_kind_is_in_the_table() -> None:
    assert {stop.kind for stop in SENTENCES} == set(get_args(Kind))
