"""The examiner inside nbgrader's own pipeline: marks, records, feedback, damage."""

import os
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.grade.preprocessors import Examine

from .course import ThrowAwayCourse, code, flags, graded_cell, open_cell

pytestmark = pytest.mark.filterwarnings("ignore")

SECRET = "71355"
HIDDEN = (
    "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nfrom nbcore import check\n"
    f"with check.part('doubles larger numbers', 'think of carrying'):\n    assert f({SECRET}) == 142710, 'EXPECTATION'\n"
    "### END HIDDEN TESTS"
)


def source() -> NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            code("import numpy as np\n%matplotlib inline\nimport matplotlib.pyplot as plt"),
            open_cell("f", "def f(x):\n    return 2 * x"),
            graded_cell("hidden", HIDDEN, 3),
            graded_cell("visible", "assert f(2) == 4", 1),
            graded_cell("partial", "0.5 if f(3) == 6 else 0", 2),
            code("plt.plot([f(1), f(2)]);"),
            nbformat.v4.new_markdown_cell("why", metadata=flags("why", grade=True, solution=True, points=2)),
        ]
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    made = ThrowAwayCourse(tmp_path_factory.mktemp("course"))
    made.release("hw", source())
    return made


def submission(course: ThrowAwayCourse, solution: str | None) -> NotebookNode:
    notebook = course.released("hw")
    if solution is not None:
        notebook.cells[1].source = solution
    return notebook


def graded(course: ThrowAwayCourse, student: str, solution: str | None) -> dict[str, float | None]:
    course.submit("hw", student, submission(course, solution))
    return course.autograde("hw", student)


def test_right_work_gets_all(course: ThrowAwayCourse) -> None:
    assert graded(course, "right", "def f(x):\n    return x + x") == {
        "hidden": 3,
        "visible": 1,
        "partial": 0.5,
        "why": 0,
    }
    record = course.record("hw", "right")
    reached = {mark.cell: mark.reached for mark in record.marks}
    assert reached == {"hidden": "examiner", "visible": "in-process", "partial": "in-process", "why": "manual"}
    assert record.cpu > 0
    assert record.memory > 1 << 20
    figures = [o for o in course.graded("hw", "right").cells[5].outputs if "image/png" in o.get("data", {})]
    assert len(figures) == 1


def test_the_stub_gets_nothing(course: ThrowAwayCourse) -> None:
    assert not any(graded(course, "stub", None).values())


def test_feedback_has_title_hint_and_own_error_and_nothing_of_the_test(course: ThrowAwayCourse) -> None:
    marks = graded(course, "wrong", "def f(x):\n    return 2 * x if x < 10 else {}[x // 10**9]")
    assert marks["hidden"] == 0
    assert marks["visible"] == 1
    shown = course.feedback("hw", "wrong")
    assert "doubles larger numbers" in shown
    assert "think of carrying" in shown
    assert "KeyError" in shown
    for hidden in (SECRET, "142710", "EXPECTATION", "HIDDEN TESTS"):
        assert hidden not in shown
    folder = course.root / "feedback" / "wrong" / "hw"
    assert [path.name for path in folder.iterdir()] == ["p.html"]
    mark = next(mark for mark in course.record("hw", "wrong").marks if mark.cell == "hidden")
    assert SECRET in mark.verdict.details or "hidden tests" in mark.verdict.details
    assert "HIDDEN TESTS" in course.graded("hw", "wrong").cells[2].source


def test_script_in_outputs_and_answers_does_not_reach_the_feedback(course: ThrowAwayCourse) -> None:
    notebook = submission(
        course,
        "from IPython.display import HTML, Javascript, display\ndisplay(HTML('<script>evil1()</script><b>bold</b>'))\n"
        "display(Javascript('evil' + '2()'))\nprint('<script>evil3()</script>')\ndef f(x): return 2 * x",
    )
    notebook.cells[
        6
    ].source = "<img src=x onerror='evil4()'> [a](javascript:evil5()) $\\href{javascript:evil6()}{x}$ words"
    course.submit("hw", "script", notebook)
    assert course.autograde("hw", "script")["hidden"] == 3
    shown = course.feedback("hw", "script")
    assert "bold" in shown
    for evil in ("<script>evil", "evil2()", "onerror", 'href="javascript:', "\\href"):
        assert evil not in shown, evil


def test_a_dead_process_keeps_what_was_earned(course: ThrowAwayCourse) -> None:
    solution = "import os\nn = [0]\ndef f(x):\n    if x == 3: os._exit(1)\n    return 2 * x"
    marks = graded(course, "dies", solution)
    assert marks["hidden"] == 3
    assert marks["visible"] == 1
    assert marks["partial"] == 0
    assert any(
        "ended itself with status 1 in cell partial" in finding.text
        for finding in course.record("hw", "dies").all_findings
    )


def test_a_tag_does_not_skip_a_test(course: ThrowAwayCourse) -> None:
    notebook = submission(course, None)
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
    course.submit("hw", "tags", notebook)
    assert not any(course.autograde("hw", "tags").values())


def test_tags_that_a_tool_adds_or_takes_away_are_no_finding(course: ThrowAwayCourse) -> None:
    for student, tags in {"as-released": None, "more": ["raises-exception", "hide-input"], "none": []}.items():
        notebook = submission(course, "def f(x):\n    return 2 * x")
        assert any("raises-exception" in cell.metadata.get("tags", ()) for cell in notebook.cells)
        for cell in notebook.cells if tags is not None else []:
            cell.metadata["tags"] = tags
            cell.metadata["jupyter"] = {"source_hidden": True}
        course.submit("hw", student, notebook)
        assert course.autograde("hw", student)["hidden"] == 3
        assert course.record("hw", student).all_findings == []


def test_a_test_that_may_fail_without_stopping_run_all_gets_nothing_in_plain_nbgrader_either(tmp_path: Path) -> None:
    plain, notebook = ThrowAwayCourse(tmp_path, examiner=False), source()
    for cell in notebook.cells:
        cell.metadata["tags"] = ["raises-exception"]
    plain.release("hw", notebook)
    assert graded(plain, "wrong", "def f(x):\n    return x") == {"hidden": 0, "visible": 0, "partial": 0, "why": 0}


@pytest.mark.parametrize("damage", ["deleted", "doubled", "emptied", "retyped", "reordered"])
def test_a_damaged_test_cell_is_repaired(course: ThrowAwayCourse, damage: str) -> None:
    notebook = submission(course, "def f(x):\n    return x + x")
    cells = notebook.cells
    if damage == "deleted":
        del cells[2]
    elif damage == "doubled":
        cells.insert(3, nbformat.from_dict(dict(cells[2])))
    elif damage == "emptied":
        cells[2].source = "pass"
    elif damage == "retyped":
        cells[2] = nbformat.v4.new_markdown_cell(cells[2].source, metadata=cells[2].metadata)
    else:
        cells[1], cells[2] = cells[2], cells[1]
    course.submit("hw", damage, notebook)
    marks = course.autograde("hw", damage)
    assert (marks["hidden"], marks["visible"], marks["partial"]) == (3, 1, 0.5)


def test_each_repair_is_logged_once(course: ThrowAwayCourse) -> None:
    notebook = submission(course, "def f(x):\n    return x + x")
    notebook.cells[2].source = "pass"
    del notebook.cells[3]
    course.submit("hw", "logged", notebook)
    log = course._api().autograde("hw", "logged", force=True, create=True)["log"]
    texts = [finding.text for finding in course.record("hw", "logged").findings]
    assert len(texts) >= 2
    assert {text: log.count(text) for text in texts} == dict.fromkeys(texts, 1)


def test_the_feedback_begins_with_what_was_put_right(course: ThrowAwayCourse) -> None:
    notebook = submission(course, "def f(x):\n    return x + x")
    for cell in notebook.cells:
        cell.metadata = {}
    course.submit("hw", "unlabelled", notebook)
    assert course.autograde("hw", "unlabelled")["hidden"] == 3
    shown = course.feedback("hw", "unlabelled")
    assert "Before your notebook was graded, this was put right" in shown
    assert "found again by their text" in shown
    course.submit("hw", "labelled", submission(course, "def f(x):\n    return x + x"))
    course.autograde("hw", "labelled")
    assert "this was put right" not in course.feedback("hw", "labelled")


def test_links_in_a_submission_are_not_followed(course: ThrowAwayCourse, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET CONTENT")
    folder = course.submit("hw", "links", submission(course, "def f(x):\n    return open('secret.txt').read()"))
    (folder / "secret.txt").symlink_to(secret)
    (folder / "endless").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe")
    assert course.autograde("hw", "links")["hidden"] == 0
    graded_files = sorted(path.name for path in (course.root / "autograded/links/hw").iterdir())
    assert graded_files == ["p.ipynb", "p.record.json"]
    assert len([f for f in course.record("hw", "links").findings if f.kind == "repair"]) >= 3


def test_what_cannot_be_run_here_is_left_to_a_person_and_memory_that_runs_out_is_named(
    course: ThrowAwayCourse, tmp_path: Path
) -> None:
    magic = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\n%precision 3\nassert f(2) == 4\n### END HIDDEN TESTS"
    large = "### BEGIN HIDDEN TESTS\nassert f(1 << 20) == 2 << 20\n### END HIDDEN TESTS"
    source_ = nbformat.v4.new_notebook(
        cells=[
            open_cell("f", "def f(x): return 2 * x"),
            graded_cell("magic", magic, 2),
            graded_cell("large", large, 3),
        ]
    )
    course.release("special", source_)
    notebook = course.released("special")
    notebook.cells[0].source = "def f(x): return 2 * x if x < 100 else bytearray(1 << 40)"
    course.submit("special", "greedy", notebook)
    (course.root / "source/special").rename(course.root / "kept")  # a grader need not have the sources
    assert course.autograde("special", "greedy") == {"magic": None, "large": 0}
    record = course.record("special", "greedy")
    assert record.limits_hit == ["memory limit of 2 GiB reached in cell large"]
    assert [mark.reached for mark in record.marks] == ["manual", "examiner"]
    assert any("a person has to mark it" in finding.text for finding in record.all_findings)
    (course.root / "kept").rename(course.root / "source/special")
    assert course.autograde("special", "greedy") == {"magic": 2, "large": 0}
    assert [mark.reached for mark in course.record("special", "greedy").marks] == ["in-process", "examiner"]


@pytest.mark.parametrize(("megabytes", "there"), [(1, True), (40, False)])
def test_files_beside_a_notebook_come_along_all_or_none_and_that_is_said(
    course: ThrowAwayCourse, megabytes: int, there: bool
) -> None:
    student = f"files{megabytes}"
    notebook = submission(course, "import os\nprint(sorted(os.listdir()))\ndef f(x):\n    return x + x")
    folder = course.submit("hw", student, notebook)
    (folder / "a.txt").write_text("first")
    with open(folder / "b.bin", "wb") as file:
        file.truncate(megabytes << 20)
    assert course.autograde("hw", student)["hidden"] == 3
    assert ("a.txt" in str(course.graded("hw", student).cells[1].outputs)) is there
    said = [text for text in course.record("hw", student).limits_hit if "files beside the notebook" in text]
    assert len(said) == (0 if there else 1)


@pytest.mark.parametrize(
    "own",
    ["sum = 0\nmax = min = abs = None", "from numpy import *", "%precision 3", "def repr(x): return 'mine'", "3 + 4"],
)
def test_names_and_settings_of_the_students_own_cost_no_test_without_hidden_lines(
    course: ThrowAwayCourse, own: str
) -> None:
    student = f"own-{len(own)}"
    marks = graded(course, student, f"def f(x):\n    return x + x\n{own}")
    assert (marks["visible"], marks["partial"]) == (1.0, 0.5)
    assert course.record("hw", student).all_findings == []


def test_the_last_result_is_the_one_that_the_notebook_has_shown(course: ThrowAwayCourse) -> None:
    hidden = "assert f(1) == 3\n### BEGIN HIDDEN TESTS\nassert f(2) == 4\n### END HIDDEN TESTS"
    cells = [
        open_cell("f", "def f(x):\n    return x + 2"),
        code("1 + 1", flags("shown", locked=True)),
        graded_cell("hidden", hidden, 1),
        graded_cell("visible", "assert (f(4), _) == (6, 2)", 1),
        graded_cell("partial", "f(1) / 2", 2),
        graded_cell("reads-it", "assert _ == 1.5", 1),
        graded_cell("credit", "f(0) / 4", 1),
    ]
    course.release("last", nbformat.v4.new_notebook(cells=cells))
    for student, answer, marks in (
        ("plain", "def f(x):\n    return x + 2", (1, 1, 1.5, 1, 0.5)),
        # as it stands in the notebook: 2 up to the first number of points, which is 1.5
        ("reads", "def f(x):\n    return x + _", (1, 1, 1.5, 1, 0.375)),
    ):
        notebook = course.released("last")
        notebook.cells[0].source = answer
        course.submit("last", student, notebook)
        assert tuple(course.autograde("last", student).values()) == marks
        assert course.record("last", student).all_findings == []


def test_where_tests_are_forged_a_person_decides(course: ThrowAwayCourse) -> None:
    forged = "import numpy\nnumpy.testing.assert_allclose = numpy.allclose = lambda *a, **k: True\ndef f(x):\n    return 2 * x"
    assert graded(course, "forged", forged)["visible"] is None
    assert any("A person has to mark them" in finding.text for finding in course.record("hw", "forged").all_findings)


@pytest.mark.parametrize(
    ("kernel", "language", "source"),
    [
        ({"name": "ir", "display_name": "R", "language": "R"}, "R", True),
        ({"name": "other", "display_name": "R"}, "R", True),
        ({"name": "ir", "display_name": "R"}, "", False),
    ],
    ids=["JupyterLab", "language_info alone", "Colab, without the source"],
)
def test_a_notebook_of_another_language_is_left_to_a_person(
    course: ThrowAwayCourse, kernel: dict[str, str], language: str, source: bool
) -> None:
    cells = [open_cell("r", "f <- function(x) 2 * x"), graded_cell("t", "stopifnot(f(1) == 2)", 2)]
    metadata = {"kernelspec": kernel, "language_info": {"name": language}}
    name = f"rlang-{kernel['name']}-{source}"
    course.release(name, nbformat.v4.new_notebook(cells=cells, metadata=metadata))
    if not source:
        (course.root / "source" / name / "p.ipynb").unlink()
    course.submit(name, "s", course.released(name))
    assert course.autograde(name, "s") == {"t": None}
    assert "written in R" in course.record(name, "s").findings[0].text


def test_a_notebook_may_take_what_one_cell_may(course: ThrowAwayCourse) -> None:
    limits = Examine(timeout=600)._limits()
    assert (limits.cell, limits.call) == (600.0, 600.0)
    assert limits.cpu >= 600.0
    assert limits.wall >= 600.0 * limits.patience
