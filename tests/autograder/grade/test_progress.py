"""What a run says: a bar where there is a terminal, and at the end what was slow, stopped or failed."""

import io

import pytest
from rich.console import Console

from autograder.grade.progress import _bar, _summary
from autograder.grade.run import Progress
from autograder.grade.task import Graded

STUDENTS = [f"s{n:02}" for n in range(12)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(file: io.StringIO) -> Console:
    return Console(file=file, width=120, highlight=False, soft_wrap=True, _environ={})


@pytest.fixture
def progress() -> Progress:
    """Of twelve, the later the slower; one was stopped, one failed."""
    done = [Graded(student, seconds=float(n)) for n, student in enumerate(STUDENTS)]
    done[3] = Graded("s03", seconds=3.0, limits=["it ran for longer than 20 s", "and more"])
    return Progress(14, done, {"zoe": "no [room]"})


def said(progress: Progress, file: io.StringIO) -> list[str]:
    _summary(console(file), "hw", progress, 5, 61.4)
    return file.getvalue().splitlines()


def test_the_end_names_the_ten_slowest_the_slowest_first(progress: Progress) -> None:
    slowest = ", ".join(f"s{n:02} {n}.0 s" for n in range(11, 1, -1))
    assert f"Slowest: {slowest}" in said(progress, io.StringIO())
    assert not [line for line in said(Progress(10, progress.done[:10]), io.StringIO()) if "Slowest" in line]


def test_the_end_counts_and_names_what_was_stopped_and_what_failed(progress: Progress) -> None:
    lines = said(progress, io.StringIO())
    assert lines[0] == "hw: 12 graded in 61 s, 5 had not changed"
    assert lines[1:3] == ["Stopped at a limit:", "  s03: it ran for longer than 20 s"]
    assert lines[-1] == "zoe could not be graded: no [room]"
    assert progress.left == 1


def test_without_a_terminal_all_is_plain_text_and_there_is_no_bar(progress: Progress) -> None:
    file = io.StringIO()
    with _bar(console(file)) as bar:
        bar.update(bar.add_task("hw", total=14), completed=13)
        bar.refresh()
    assert file.getvalue() == ""
    assert "\x1b" not in "".join(said(progress, file))


def test_the_bar_says_how_many_are_done_how_fast_and_how_long_it_takes() -> None:
    file, clock = Terminal(), iter(range(0, 1000, 2))
    with _bar(console(file)) as bar:
        bar.get_time = lambda: float(next(clock))
        shown = bar.add_task("hw", total=14)
        for done in range(1, 8):
            bar.update(shown, completed=done, description="hw, 1 failed")
        (task,) = bar.tasks
        text = "".join(str(column.render(task)) for column in bar.columns[2:] if hasattr(column, "render"))
        rate = task.speed
        bar.refresh()
    assert rate is not None
    assert "hw, 1 failed" in file.getvalue()
    assert "7/14" in text
    assert f"{60 * rate:.0f}/min" in text
    assert "0:00:" in text
