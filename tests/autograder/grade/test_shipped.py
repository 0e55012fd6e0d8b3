"""The notebooks that ship inside nbgrader get the marks that nbgrader gives them."""

import shutil
from pathlib import Path

import nbgrader
import pytest

from .course import ThrowAwayCourse

FILES = Path(nbgrader.__file__).parent / "tests/apps/files"
GUIDE = Path(nbgrader.__file__).parent / "docs/source/user_guide"

# (source, submission, sum of the marks, cells that a person has to mark); "" submits what was released
CASES = [
    ("submitted-unchanged", "submitted-unchanged", 1.0, 0),
    ("submitted-unchanged", "submitted-changed", 2.0, 2),
    ("submitted-unchanged", "submitted-cheat-attempt", 1.0, 2),
    ("submitted-unchanged", "submitted-cheat-attempt-alternative", 1.0, 2),
    ("submitted-unchanged", "submitted-grade-cell-changed", 1.0, 0),
    ("submitted-unchanged", "submitted-locked-cell-changed", 1.0, 0),
    ("test-hidden-tests", "test-hidden-tests", 1.5, 0),
    ("test", "test", 3.0, 2),
    ("test", "test-with-output", 3.0, 2),
    ("autotest-simple", "autotest-simple-unchanged", 0.0, 0),
    ("autotest-simple", "autotest-simple-changed", 1.0, 0),
    ("autotest-hashed", "autotest-hashed-unchanged", 0.0, 0),
    ("autotest-hashed", "autotest-hashed-changed", 1.0, 0),
    ("autotest-multi", "autotest-multi-unchanged", 0.0, 0),
    ("autotest-multi", "autotest-multi-changed", 3.0, 0),
    ("autotest-hidden", "autotest-hidden-unchanged", 0.0, 0),
    ("autotest-hidden", "autotest-hidden-changed-wrong", 0.0, 0),
    ("autotest-hidden", "autotest-hidden-changed-right", 1.0, 0),
    ("timeout", "timeout", 1.0, 0),
    ("validating-environment-variable", "", 0.0, 0),
    ("validation-zero-points", "", 0.0, 0),
    ("open_relative_file", "", 10.0, 0),
]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    root = tmp_path_factory.mktemp("course")
    shutil.copy(FILES / "autotests.yml", root)
    return ThrowAwayCourse(root)


@pytest.mark.parametrize(("source", "submission", "score", "manual"), CASES)
def test_a_shipped_notebook_gets_its_marks(
    course: ThrowAwayCourse, source: str, submission: str, score: float, manual: int
) -> None:
    assignment = source.replace("-", "").replace("_", "")
    if not (course.root / "source" / assignment).exists():
        extra = {"data.txt": FILES / "data.txt"} if source == "open_relative_file" else {}
        course.release(assignment, FILES / f"{source}.ipynb", extra)
    student = submission.replace("-", "") or "same"
    course.submit(assignment, student, FILES / f"{submission}.ipynb" if submission else course.released(assignment))
    marks = course.autograde(assignment, student)
    assert sum(mark or 0.0 for mark in marks.values()) == score
    assert sum(mark is None for mark in marks.values()) == manual
    record = course.record(assignment, student)
    assert {mark.cell: mark.score for mark in record.marks} == marks


@pytest.mark.parametrize(("name", "score"), [("infinite-loop", 0.0), ("timeout", 0.0)])
def test_a_shipped_notebook_that_does_not_end_is_ended(tmp_path: Path, name: str, score: float) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.config.Execute.timeout = 1
    assignment = name.replace("-", "")
    course.release(assignment, FILES / f"{name}.ipynb")
    course.submit(assignment, "s", FILES / f"{name}.ipynb")
    assert sum(mark or 0.0 for mark in course.autograde(assignment, "s").values()) == score
    assert any("time limit" in text for text in course.record(assignment, "s").limits_hit)


def test_what_a_shipped_notebook_writes_changes_no_submission(tmp_path: Path) -> None:
    """nbgrader leaves such files in the graded folder; here they go with the sandbox."""
    course = ThrowAwayCourse(tmp_path)
    course.release("effects", FILES / "side-effects.ipynb")
    submitted = course.submit("effects", "s", course.released("effects"))
    course.autograde("effects", "s")
    assert [path.name for path in submitted.iterdir()] == ["p.ipynb"]
    graded = sorted(path.name for path in (tmp_path / "autograded/s/effects").iterdir())
    assert graded == ["p.ipynb", "p.record.json"]
    assert not [
        o for cell in course.graded("effects", "s").cells for o in cell.get("outputs", []) if o.output_type == "error"
    ]
