"""The zip for Gradescope: what is in it, and what comes of submissions in a container like Gradescope's."""

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from banked_course import add_bank
from container import ROOT, Container
from small_course import nbgrader, write_small_course

from autograder.course.paths import Course, CourseError
from autograder.grade.task import Bundle
from autograder.release.gradescope import _HARMFUL, _fit_memory, _plain, write_zip
from autograder.sandbox import doctor

pytestmark = pytest.mark.fresh  # an environment is made as Gradescope makes it

WRITTEN = """
# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-double", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The model answer: a sum of two equal numbers.
# ### END SOLUTION
"""
SECRET = "pass-word-of-the-gradebook"
RIGHT = "import numpy as np\ndef double(x):\n    return 2 * np.asarray(x, dtype=float)\ndef half(x):\n    return double(x) / 4"
SQUARES = RIGHT.replace("2 * np.asarray(x, dtype=float)", "np.asarray(x, dtype=float) ** 2")
ENDLESS = "def double(x):\n    while True:\n        pass\ndef half(x):\n    return x / 2"

# What a submission must not do, each harmless. `tried` tells what worked.
ATTEMPTS = """
import glob, os

def _kill():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if os.stat(f"/proc/{pid}").st_uid == 0:
            os.kill(int(pid), 0)

def tried():
    worked = []
    for name, attempt in {
        "list the source": lambda: os.listdir("/autograder/source"),
        "read the assignment": lambda: open("/autograder/source/assignment.pickle", "rb").read(1),
        "list the submission": lambda: os.listdir("/autograder/submission"),
        "write the results": lambda: open("/autograder/results/results.json", "a").close(),
        "add a file": lambda: open("/autograder/mine", "x").close(),
        "replace the script": lambda: open("/autograder/run_autograder", "a").close(),
        "change the grader": lambda: open(glob.glob("/autograder/environment/lib/*/site-packages/autograder/cli.py")[0], "a").close(),
        "read who it is": lambda: open("/autograder/submission_metadata.json").read(1),
        "read the environment of another": lambda: open(f"/proc/{os.getppid()}/environ", "rb").read(1),
        "signal the grader": _kill,
        "become root": lambda: os.setuid(0),
    }.items():
        try:
            attempt()
            worked.append(name)
        except OSError:
            pass
    return worked
"""
HOSTILE = f"{ATTEMPTS}\ndef double(x):\n    raise ValueError(f'seen: {{x!r}}; worked: ' + ', '.join(tried()) + ' (end)')\ndef half(x):\n    return x / 2"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The small course with a bank, a written answer and another assignment, as nbgrader knows it."""
    made = write_small_course(tmp_path_factory.mktemp("gradescope") / 'a course, "it\'s" ü')
    add_bank(made)
    percent = made.percent("01_small")
    percent.write_text(percent.read_text() + WRITTEN)
    made.contract.write_text(made.contract.read_text() + "\n[01_small.written]\nexplain-double = 1\n")
    (made.solutions / "02_other").mkdir()
    shutil.copy(percent, made.percent("02_other"))
    made.config.write_text(
        made.config.read_text()
        + f"c.Execute.timeout = 5\nc.CourseDirectory.course_id = 'small'\nc.Exchange.root = '/{SECRET}'\n"
    )
    done = nbgrader(made, "generate_assignment", "01_small")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def file(course: Course) -> Path:
    command = [sys.executable, "-m", "autograder.cli", "gradescope", "01_small", "--visibility", "after_due_date"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    made = course.root / "build" / "gradescope" / "01_small.zip"
    assert f"wrote {made}" in done.stdout
    return made


@pytest.fixture(scope="module")
def container(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Container:
    if os.geteuid() != 0:
        pytest.skip("needs root: Gradescope starts its autograder as root")
    if ROOT.exists() and any(ROOT.iterdir()):
        pytest.skip(f"{ROOT} is there and is somebody's")
    made = Container(file, tmp_path_factory.mktemp("autograder"))
    assert made.built.returncode == 0, made.built.stdout + made.built.stderr
    return made


def submission(course: Course, code: str, answer: str = "") -> str:
    notebook = nbformat.read(course.release_notebook("01_small"), as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell.source = code
        if answer and cell.metadata.get("nbgrader", {}).get("grade_id") == "explain-double":
            cell.source = answer
    return nbformat.writes(notebook)


def text_of(results: Any) -> str:
    return "\n".join([results["output"], *(test["output"] for test in results["tests"])])


# ---------------------------------------------------------------- the zip


def test_the_zip_holds_one_assignment_and_no_other(course: Course, file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
        everything = b"".join(archive.read(name) for name in names)
        bundle: Bundle = pickle.loads(archive.read("assignment.pickle"))
    assert sorted(re.sub(r"-[\d.]+-py3-none-any", "", name) for name in names) == [
        "assignment.pickle", "nbcore.whl", "nbcore_autograder.whl", "requirements.lock", "run_autograder", "settings.json",
        "setup.sh",
    ]  # fmt: skip
    assert modes["run_autograder"] == modes["setup.sh"] == 0o755
    assert {Path(name).parts[1] for name in bundle.files if Path(name).parts[0] in ("source", "release")} == {
        "01_small"
    }
    assert b"02_other" not in everything
    # Nothing of this machine, and of the settings only what grading reads.
    assert SECRET.encode() not in everything
    assert str(course.root).encode() not in everything
    assert bundle.config.Execute.timeout == 5
    assert b"model answer" in everything  # the two before could be found


def test_it_takes_the_place_of_an_older_zip_and_of_nothing_else(course: Course, file: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.zip"
    shutil.copy(file, old)
    before = old.stat().st_ino
    assert write_zip(course, "01_small", old) == old
    assert old.stat().st_ino != before
    for name in ("thesis.zip", "thesis.txt"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("chapter", "1")
        with pytest.raises(CourseError, match="no zip that this command has made"):
            write_zip(course, "01_small", tmp_path / name)
    with pytest.raises(CourseError, match="no zip that this command has made"):
        write_zip(course, "01_small", tmp_path)
    with pytest.raises(CourseError, match="run nbgrader generate_assignment 02_other first"):
        write_zip(course, "02_other", tmp_path / "new.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.zip", "thesis.txt", "thesis.zip"]


# ---------------------------------------------------------------- in the container


def test_right_work_has_all_points_under_any_name(course: Course, container: Container) -> None:
    files = {'Ü, "my" copy (1).ipynb': submission(course, RIGHT, "Adding is doubling."), "timestamp.txt": "2001-01-01"}
    done, results = container.grade(files)
    assert results is not None, done.stdout + done.stderr
    value, written = results["tests"]
    assert (value["score"], value["max_score"], value["status"]) == (3.0, 3.0, "passed")
    assert value["output"] == "All points."
    # A person marks it, on Gradescope.
    assert not {"score", "max_score", "status"} & written.keys()
    assert "1 point not given yet" in written["output"]
    assert results["score"] == 3.0
    assert "was taken for it" in results["output"]
    assert {results["visibility"], value["visibility"], written["visibility"]} == {"after_due_date"}
    assert results["stdout_visibility"] == "hidden"
    assert results["extra_data"]["isolation"] == {"01_small": ["none", "namespaces"]}


def test_what_lost_points_is_explained_without_the_hidden_test(course: Course, container: Container) -> None:
    _, results = container.grade({"01_small.ipynb": submission(course, SQUARES)})
    assert results is not None
    test = results["tests"][0]
    assert test["score"] < test["max_score"]
    assert test["status"] == "failed"
    assert "Not to the power of two" in test["output"] or "not to the power of two" in test["output"]
    assert "Value: 0 of 2 points" in test["output"]
    for secret in ("14.0", "7.0", "HIDDEN", "model answer", "_fresh"):
        assert secret not in json.dumps(results)


def test_a_hostile_submission_reads_and_changes_nothing_and_tells_no_numbers(
    course: Course, container: Container
) -> None:
    control = container.attempt(f"{ATTEMPTS}\nprint(tried())")  # as root and outside the sandbox all of it works
    assert control.returncode == 0, control.stderr
    assert control.stdout.count("'") == 2 * 11, control.stdout
    (container.place / "mine").unlink()
    _, results = container.grade({"01_small.ipynb": submission(course, HOSTILE)})
    assert results is not None
    assert "worked:  (end)" in text_of(results)
    for secret in ("7.0", "[7.", "-3.", "5.0"):  # of the hidden calls
        assert secret not in text_of(results)
    assert results["score"] == 0.0
    assert not (container.place / "mine").exists()


def test_where_a_submission_could_read_the_source_none_is_run(course: Course, container: Container) -> None:
    done, results = container.grade({"01_small.ipynb": submission(course, RIGHT)}, open_python=False)
    assert results is None
    assert done.returncode == 1
    assert "No submission is run here, as it could become root and read your files" in done.stdout


def test_an_endless_loop_costs_its_own_points_and_says_so(course: Course, container: Container) -> None:
    _, results = container.grade({"01_small.ipynb": submission(course, ENDLESS)})
    assert results is not None
    assert results["score"] == 0.0
    assert "time limit of 5 s reached" in text_of(results)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"answer.py": "x = 1"}, "01_small.ipynb was not found; the folder holds: answer.py"),
        ({"01_small.ipynb": "{"}, ""),
    ],
    ids=["a program", "half a notebook"],
)
def test_what_is_no_notebook_has_results_that_say_so(container: Container, files: dict[str, str], said: str) -> None:
    done, results = container.grade(files)
    assert results is not None, done.stdout + done.stderr
    assert said in results["output"]
    assert results["output"]
    assert results["score"] == 0.0
    assert "a person has to mark this" in text_of(results)


# ---------------------------------------------------------------- parts


def test_the_doctor_knows_what_must_be_refused() -> None:
    assert set(doctor._NAMES) >= _HARMFUL


def test_text_for_gradescope_holds_no_letters_that_a_database_refuses() -> None:
    assert _plain("a\x00b\x1b[31mc\ud800\u202e\n\td ü") == "ab[31mc?\n\td ü"


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container with 768 MiB, as Gradescope starts one if nobody chooses another."""
    read = Path.read_text

    def read_text(path: Path, *arguments: Any, **options: Any) -> str:
        return f"{768 << 20}\n" if str(path).startswith("/sys/fs/cgroup") else read(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", read_text)


@pytest.mark.usefixtures("memory")
def test_a_submission_gets_no_more_memory_than_the_container_has(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(file) as archive:
        bundle: Bundle = pickle.loads(archive.read("assignment.pickle"))
    _fit_memory(bundle.config)
    assert bundle.config.Examine.memory_gib == 0.5
    assert "This container has 0.75 GiB of memory" in capsys.readouterr().out
