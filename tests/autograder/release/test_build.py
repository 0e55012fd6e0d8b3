"""The build makes what students get, and finds what is wrong with it."""

import json
import os
import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from small_course import nbgrader

from autograder.cli import main
from autograder.course.fingerprint import fingerprint
from autograder.course.given import given_module
from autograder.course.markup import HIDDEN_TESTS, BuildError, inside, misspelt_delimiters
from autograder.course.paths import Course, CourseError
from autograder.course.percent import read_percent, refresh_sources, source_notebook, to_bytes, write_source
from autograder.release.build import build, build_given
from autograder.release.proofs import count_words, leaks, solved_is_right, stub_is_wrong, too_long

NAME = "01_small"


def edit(course: Course, old: str, new: str, count: int = -1) -> None:
    """Changes the percent file of the small course."""
    path = course.percent(NAME)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))


def problems(course: Course, **options: bool) -> str:
    return "\n".join(build(course, NAME, prove=False, progress=lambda _: None, **options).problems)


def student(course: Course) -> nbformat.NotebookNode:
    return nbformat.read(course.release_notebook(NAME), as_version=4)


def test_a_sound_assignment_is_built_and_proved(small_course: Course) -> None:
    report = build(small_course, NAME, progress=lambda _: None)
    assert report.problems == []
    cells = {cell.id: cell for cell in student(small_course).cells}
    assert "BEGIN" not in str(cells)
    assert "raise NotImplementedError" in cells["double"].source
    assert cells["test-double-value"].source == 'assert double(2) == 4, "twice two is four"'
    assert cells["explain-double"].source == "YOUR ANSWER HERE"


def test_two_builds_are_byte_identical(small_course: Course) -> None:
    build(small_course, NAME, prove=False)
    files = [small_course.source_notebook(NAME), small_course.release_notebook(NAME)]
    first = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    build(small_course, NAME, prove=False)
    assert [path.read_bytes() for path in files] == first


def test_cell_ids_come_from_the_grade_ids_and_metadata_is_bare(small_course: Course) -> None:
    notebook = source_notebook(small_course, NAME)
    marked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert [cell.id for cell in marked] == [cell.metadata.nbgrader.grade_id for cell in marked]
    assert notebook.metadata.kernelspec.name == "python3"
    assert {key for cell in notebook.cells for key in cell.metadata} == {"nbgrader"}


def test_percent_file_survives_the_way_through_a_notebook(small_course: Course) -> None:
    """JupyterLab opens the percent file as a notebook; what nbgrader's panel changes there comes back."""
    import jupytext

    notebook = read_percent(small_course.percent(NAME))
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "test-double-value")
    cell.metadata.nbgrader.points = 5
    small_course.percent(NAME).write_text(jupytext.writes(notebook, fmt="py:percent"))
    again = source_notebook(small_course, NAME)
    points = [c.metadata.nbgrader.points for c in again.cells if c.metadata.get("nbgrader", {}).get("points")]
    assert points == [5, 1]
    assert "the contract says 2" in problems(small_course)


PROVIDED = """
# %% nbgrader={"grade": false, "grade_id": "provided", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

# %% tags=["no-marks"]
math.sqrt(2.0)
"""


def test_run_all_goes_on_behind_cells_that_fail_and_provided_code_is_folded(small_course: Course) -> None:
    edit(small_course, "# %% nbgrader", PROVIDED + "# %% nbgrader", count=1)
    assert problems(small_course) == ""
    tags = {cell.id: cell.metadata.get("tags") for cell in student(small_course).cells if cell.cell_type == "code"}
    (own,) = tags.keys() - {"provided", "double", "test-double-value"}
    goes_on = ["raises-exception"]
    assert tags == {
        "provided": None, "double": goes_on, "test-double-value": goes_on, own: ["no-marks", *goes_on]
    }  # fmt: skip
    folded = [cell.id for cell in student(small_course).cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert folded == ["provided"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("### BEGIN HIDDEN TESTS", "### BEGIN HIDEN TESTS", "test-double-value"),
        ("### BEGIN HIDDEN TESTS", "## BEGIN HIDDEN TESTS", "looks like '### BEGIN HIDDEN TESTS'"),
        ("### END HIDDEN TESTS", "### END HIDDEN TEST", "looks like '### END HIDDEN TESTS'"),
        (
            "    return result\n    ### END SOLUTION",
            "    return result",
            "cell double: '### BEGIN SOLUTION' without '### END SOLUTION' after it, behind 'def double(x):'",
        ),
        (
            "    return scale * double(x)\n    ### END SOLUTION",
            "    return scale * double(x)",
            "behind 'def helper(x, scale=1.0):'",
        ),
        ("# Adding a number to itself doubles it.\n# ### END SOLUTION", "#", "after it, in line 1 of the cell"),
        ("# %% nbgrader", '# %% tags=["no-mark"] nbgrader', "nothing reads the tag 'no-mark'; 'no-marks' is known"),
        ("### BEGIN HIDDEN TESTS\n", "", "without '### BEGIN HIDDEN TESTS' before it"),
        ('"points": 2', '"points": 3', "is 3, the contract says 2"),
        ('"grade_id": "test-double-value"', '"grade_id": "test-double"', "the contract does not"),
        ('"grade_id": "explain-double"', '"grade_id": "double"', "two cells have this grade_id"),
        ("def double(x):", "def double(y):", "the contract defines double(x)"),
        ("scale=1.0", "scale=2.0", "the contract defines helper(x, scale=1.0)"),
        ('"grade_id": "double", "locked": false, ', '"grade_id": "double", ', "'locked' is a required property"),
    ],
)
def test_a_wrong_source_is_refused_by_name(small_course: Course, old: str, new: str, expected: str) -> None:
    edit(small_course, old, new)
    assert expected in problems(small_course)
    assert not small_course.release_notebook(NAME).exists()


def test_code_that_is_no_python_is_refused_with_its_line(small_course: Course) -> None:
    edit(small_course, "assert helper(3, scale=2.0) == 12", "assert helper((3) == 12")
    number = small_course.percent(NAME).read_text().split("\n").index("assert helper((3) == 12") + 1
    said = f"solutions/01_small.py:{number}, cell test-double-value: '(' was never closed"
    assert problems(small_course) == said
    assert build_given(small_course).problems == [said]
    assert refresh_sources(small_course) == [f"01_small: {said}"]


@pytest.mark.parametrize("command", ["build", "audit"])
def test_the_commands_say_it_in_one_line(small_course: Course, command: str, monkeypatch, capsys) -> None:
    edit(small_course, "result = 2 * x", "result = (2 * x")
    monkeypatch.chdir(small_course.root)
    small_course.mistakes(NAME).parent.mkdir()
    small_course.mistakes(NAME).write_text("# %%\nimport math\n")
    assert main([command, NAME]) == {"build": 1, "audit": 2}[command]
    (line,) = capsys.readouterr().err.splitlines()
    who = {"build": NAME, "audit": "autograder"}[command]
    assert re.fullmatch(rf"{who}: solutions/01_small\.py:\d+, cell double: '\(' was never closed", line)


@pytest.mark.parametrize("broken", ['"grade_id": double,', '"grade_id": "double'])
def test_a_header_that_cannot_be_read_is_shown_with_its_line(small_course: Course, broken: str) -> None:
    edit(small_course, '"grade_id": "double",', broken)
    number = next(n for n, line in enumerate(small_course.percent(NAME).read_text().split("\n"), 1) if broken in line)
    said = problems(small_course)
    assert said.startswith(
        f"solutions/01_small.py:{number}, cell that starts 'def double(x):': this part of its header"
    )
    assert 'nbgrader={"grade": false, "grade_id": ' in said


def test_a_cell_is_named_with_its_line(small_course: Course) -> None:
    text = small_course.percent(NAME).read_text().replace('"points": 2', '"points": 3')
    text = text.replace('"""Twice x."""', '"""Twice x.\n\n# %% no header\n"""')
    small_course.percent(NAME).write_text(text)
    number = next(n for n, line in enumerate(text.split("\n"), 1) if "test-double-value" in line)
    assert problems(small_course).startswith(f"solutions/01_small.py:{number}, cell test-double-value: points of")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[01_small\n", "Expected"),
        ("[02_other]\n", "has no table [01_small]"),
        (
            '[01_small.exercises.double]\ndefinitions = ["double(x)"]',
            ", [01_small.exercises.double]: Object missing required field `points`",
        ),
        (
            "[01_small.exercises.double]\ndefinitions = []\npoints = {vallue = 2}",
            ", [01_small.exercises.double]: unknown aspects ['vallue']",
        ),
        ("[01_small]\nwriten = {a = 1}", ", [01_small]: Object contains unknown field `writen`"),
    ],
)
def test_a_contract_that_cannot_be_used_is_named(small_course: Course, text: str, expected: str) -> None:
    small_course.contract.write_text(text)
    said = problems(small_course)
    assert said.startswith("solutions/contract.toml")
    assert expected in said
    assert "\n" not in said


def test_the_steps_of_a_derivation_are_named_in_the_contract(small_course: Course) -> None:
    steps = (
        '\n# %% nbgrader={"grade": false, "grade_id": "double-steps", "locked": false, "schema_version": 3, '
        '"solution": true, "task": false}\ndef half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION\n'
    )
    source, contract = small_course.percent(NAME), small_course.contract
    source.write_text(source.read_text() + steps)
    assert "cell double-steps: not in the contract" in problems(small_course)
    contract.write_text(f'{contract.read_text()}\n[01_small]\nsteps = ["double-steps"]\n')
    build(small_course, NAME, prove=False)
    source.write_text(source.read_text().replace('"double-steps"', '"halves"'))
    assert "the contract has these steps, the notebook has no such solution cell" in problems(small_course)


@pytest.mark.parametrize(
    "line",
    ["### BEGIN SOLUTIONS", "#### BEGIN SOLUTION", "# BEGIN SOLUTION", "### begin hidden tests", "# BEGIN HIDEN TEST",
     "### END HIDDEN TESTS ###", "###BEGIN SOLUTION", "### BEGIN MARKSCHEME"],
)  # fmt: skip
def test_a_misspelt_delimiter_is_seen(line: str) -> None:
    assert misspelt_delimiters(f"x = 1\n{line}\ny = 2") != []


@pytest.mark.parametrize(
    "line", ["### BEGIN SOLUTION", "## The solution", "# end of the test", "# hidden units", "x = 1"]
)
def test_ordinary_comments_are_no_delimiters(line: str) -> None:
    assert misspelt_delimiters(line) == []


def test_a_leaked_solution_line_is_found(small_course: Course) -> None:
    source = source_notebook(small_course, NAME)
    build(small_course, NAME, prove=False)
    notebook = student(small_course)
    assert leaks(source, notebook) == []
    notebook.cells[0].source += "\nreturn scale * double(x)"
    assert "shows students a line of a region of cell double" in leaks(source, notebook)[0]


def test_outputs_in_the_student_notebook_are_found(small_course: Course) -> None:
    source = source_notebook(small_course, NAME)
    build(small_course, NAME, prove=False)
    notebook = student(small_course)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="4")]
    assert leaks(source, notebook) == ["cell double: has outputs in the student notebook"]


@pytest.mark.parametrize("place", ["# A short text of six words.", "# 1. Where does it grow?"])
def test_code_of_a_solution_in_a_sentence_is_a_leak(small_course: Course, place: str) -> None:
    edit(small_course, place, f"{place} Take `scale*\n# double(x)`.")
    assert "shows students code of the solution of double: 'scale * double(x)'" in problems(small_course)


def test_a_step_that_the_theory_names_is_no_leak(small_course: Course) -> None:
    edit(
        small_course,
        "    result = 2 * x\n",
        "    first = sum([x, x, 0])\n    y, z = first, first\n    result = 2 * x\n",
    )
    edit(small_course, "six words.", "six words, with `sum([x, x, 0])`, then first, first, and 2 * x.")
    assert problems(small_course) == ""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("import math", "its hidden lines test nothing"),
        ("# to do", "its hidden lines test nothing"),
        ("pass", "its hidden lines test nothing"),
        ("double(3)", "its hidden lines test nothing"),
        ("from nbcore import check\nwith check.part('more'):\n    double(3)", "its hidden lines test nothing"),
        ("assert True", "its hidden lines use no function of the notebook"),
        ("from nbcore import check\ncheck.value(abs, 3, expected=3)", "its hidden lines use no function"),
        ("for _x in range(3):\n    assert double(_x) == 2 * _x", ""),
        ("if helper(3) != 6:\n    raise ValueError", ""),
        ("from nbcore import check\ncheck.value(double, 3, expected=6)", ""),
    ],
)
def test_hidden_lines_that_test_nothing_are_refused(small_course: Course, lines: str, expected: str) -> None:
    text = small_course.percent(NAME).read_text()
    begin, end = text.index("for _x in"), text.index("### END HIDDEN TESTS")
    small_course.percent(NAME).write_text(f"{text[:begin]}{lines}\n{text[end:]}")
    said = problems(small_course)
    assert (f"cell test-double-value: {expected}" in said) if expected else said == ""


def test_a_test_cell_without_hidden_tests_is_refused(small_course: Course) -> None:
    text = small_course.percent(NAME).read_text()
    begin, end = text.index("### BEGIN HIDDEN"), text.index("### END HIDDEN TESTS")
    small_course.percent(NAME).write_text(text[:begin] + text[end + len("### END HIDDEN TESTS") :])
    assert "cell test-double-value: a test cell without hidden tests" in problems(small_course)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "result = 2 * x",
            "result = 3 * x",
            "cell test-double-value: the solved notebook fails here with AssertionError",
        ),
        ("result = 2 * x", "import warnings; warnings.warn('old'); result = 2 * x", "fails here with UserWarning"),
        ("result = 2 * x", "import sys; print('x', file=sys.stderr); result = 2 * x", "writes to stderr"),
        ("### END HIDDEN TESTS", "### END HIDDEN TESTS\n0.5", "the solution gets 0.5 of 2"),
    ],
)
def test_a_solution_that_does_not_earn_all_is_found(small_course: Course, old: str, new: str, expected: str) -> None:
    edit(small_course, old, new)
    assert expected in "\n".join(solved_is_right(source_notebook(small_course, NAME)))


@pytest.mark.slow
def test_the_run_of_the_solved_notebook_can_be_left_to_the_tests(small_course: Course) -> None:
    edit(small_course, "result = 2 * x", "result = 3 * x")
    parts = {"with_bank": False, "progress": lambda _: None}
    assert build(small_course, NAME, with_solved=False, **parts).problems == []
    assert any("the solved notebook fails" in said for said in build(small_course, NAME, **parts).problems)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("### BEGIN HIDDEN TESTS\n", "### BEGIN HIDDEN TESTS\nundefined\n", None),
        ('assert double(2) == 4, "twice two is four"', "undefined_name", "fails with NameError"),
    ],
)
def test_a_stub_that_fails_otherwise_is_found(small_course: Course, old: str, new: str, expected: str | None) -> None:
    edit(small_course, old, new)
    found = "\n".join(stub_is_wrong(source_notebook(small_course, NAME)))
    assert (expected in found) if expected else (found == "")


@pytest.mark.slow
def test_a_test_cell_that_the_stub_passes_is_found(small_course: Course) -> None:
    text = small_course.percent(NAME).read_text()
    begin, end = text.index("assert double(2)"), text.index("### END HIDDEN TESTS")
    small_course.percent(NAME).write_text(text[:begin] + "### BEGIN HIDDEN TESTS\nassert True\n" + text[end:])
    found = stub_is_wrong(source_notebook(small_course, NAME))
    assert found == ["cell test-double-value: the untouched stub passes"]


def test_a_notebook_over_its_size_is_refused(small_course: Course) -> None:
    notebook = source_notebook(small_course, NAME)
    assert too_long(notebook) == []
    notebook.cells += [nbformat.v4.new_markdown_cell("word " * 2001)]
    notebook.cells += [nbformat.v4.new_code_cell("x = 1")] * 45
    assert len(too_long(notebook)) == 2


def test_a_build_stops_at_what_needs_no_run(small_course: Course) -> None:
    edit(small_course, "A short text of six words.", "word " * 2001)
    said: list[str] = []
    report = build(small_course, NAME, progress=said.append)
    assert [problem.partition(",")[0] for problem in report.problems] == ["the notebook has 2005 words"]
    assert not any("running" in line for line in said)
    assert not small_course.release_notebook(NAME).exists()


def test_words_are_counted_without_code_formulas_and_addresses() -> None:
    assert count_words("Two words $x = 1$ `code here` [link text](http://a.b/c) <br> ```\nno\n``` $$y\n= 2$$") == 4


def test_check_finds_a_committed_notebook_that_is_not_the_built_one(small_course: Course) -> None:
    assert "does not exist" in problems(small_course, check=True)
    build(small_course, NAME, prove=False)
    assert problems(small_course, check=True) == ""
    path = small_course.release_notebook(NAME)
    path.write_text(path.read_text().replace("A short text", "Another text"))
    assert "is not what solutions/01_small.py gives" in problems(small_course, check=True)


def test_check_finds_a_stray_file_beside_the_student_notebook(small_course: Course) -> None:
    build(small_course, NAME, prove=False)
    (small_course.release_notebook(NAME).parent / "secret_tests.py").write_text("answer = 42")
    assert "is neither the notebook nor its data" in problems(small_course, check=True)


def test_declared_data_is_released_beside_the_notebook(small_course: Course) -> None:
    small_course.data(NAME).mkdir(parents=True)
    (small_course.data(NAME) / "points.csv").write_text("1,2\n")
    build(small_course, NAME, prove=False)
    assert (small_course.release_notebook(NAME).parent / "data" / "points.csv").read_text() == "1,2\n"
    assert problems(small_course, check=True) == ""


def test_a_build_deletes_nothing_that_it_did_not_make(small_course: Course) -> None:
    build(small_course, NAME, prove=False)
    readme = small_course.release_notebook(NAME).parent / "README.md"
    readme.write_text("mine")
    edit(small_course, "A short text", "Another text")
    build(small_course, NAME, prove=False)
    assert readme.read_text() == "mine"


def copies(course: Course) -> list[nbformat.NotebookNode]:
    return [nbformat.read(path, 4) for path in course.release_notebook(NAME).parent.glob(f"{NAME}.work-*.ipynb")]


@pytest.mark.parametrize("fresh_clone", [False, True])
def test_a_notebook_in_which_somebody_has_worked_is_kept_beside_the_new_one(
    small_course: Course, fresh_clone: bool
) -> None:
    assert problems(small_course) == ""
    path = small_course.release_notebook(NAME)
    released = path.read_bytes()
    if fresh_clone:
        small_course.released(NAME).unlink()
    worked = student(small_course)
    cell = next(cell for cell in worked.cells if cell.id == "double")
    cell.source = "def double(x):\n    return 2 * x"
    nbformat.write(worked, path)
    report = build(small_course, NAME, prove=False, progress=lambda _: None)
    assert path.read_bytes() == released
    (kept,) = copies(small_course)
    assert next(cell for cell in kept.cells if cell.id == "double").source == cell.source
    assert any(".work-" in written.name for written in report.written)
    assert problems(small_course, check=True) == ""


def test_notes_in_a_fresh_clone_are_work_and_what_git_has_is_none(small_course: Course) -> None:
    assert problems(small_course) == ""
    git = ["git", "-C", str(small_course.root), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *command], check=True)
    path = small_course.release_notebook(NAME)
    for text, number in (("two and two are four", 0), ("three and three are six", 1)):
        edit(small_course, "twice two is four" if number == 0 else "two and two are four", text)
        small_course.released(NAME).unlink()
        if number:
            notes = student(small_course)
            notes.cells.append(nbformat.v4.new_markdown_cell("my notes"))
            nbformat.write(notes, path)
        build(small_course, NAME, prove=False, progress=lambda _: None)
        assert [book.cells[-1].source == "my notes" for book in copies(small_course)] == [True] * number


def test_a_notebook_that_git_has_brought_back_is_nobodys_work(small_course: Course) -> None:
    assert problems(small_course) == ""
    git = ["git", "-C", str(small_course.root), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *command], check=True)
    edit(small_course, "twice two is four", "two and two are four")
    assert problems(small_course) == ""
    subprocess.run([*git, "checkout", "-q", "notebooks"], check=True)
    assert problems(small_course) == ""
    assert copies(small_course) == []


@pytest.mark.parametrize("fresh_clone", [False, True])
def test_a_new_release_of_an_untouched_notebook_leaves_no_copy(small_course: Course, fresh_clone: bool) -> None:
    assert problems(small_course) == ""
    if fresh_clone:
        small_course.released(NAME).unlink()
    edit(small_course, "twice two is four", "two and two are four")
    assert problems(small_course) == ""
    assert "two and two" in str(student(small_course).cells)
    assert copies(small_course) == []


def test_a_source_notebook_edited_by_hand_is_not_overwritten(small_course: Course) -> None:
    build(small_course, NAME, prove=False)
    path = small_course.source_notebook(NAME)
    path.write_text(path.read_text().replace("A short text", "My change"))
    edit(small_course, "A short text", "Another text")
    assert "was changed by hand since it was built" in problems(small_course)
    assert "My change" in path.read_text()


def test_a_build_that_was_killed_half_way_is_no_change_by_hand(
    small_course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(small_course, NAME, prove=False)

    def killed(path: Path, data: bytes) -> list[Path]:
        raise KeyboardInterrupt

    edit(small_course, "A short text", "Another text")
    with monkeypatch.context() as patch:
        patch.setattr("autograder.course.percent.write_if_changed", killed)
        with pytest.raises(KeyboardInterrupt):
            build(small_course, NAME, prove=False)
    edit(small_course, "Another text", "A third text")
    assert problems(small_course) == ""
    assert "A third text" in small_course.source_notebook(NAME).read_text()


def test_sources_are_refreshed_only_when_the_percent_file_is_newer(small_course: Course) -> None:
    assert refresh_sources(small_course) == []
    path = small_course.source_notebook(NAME)
    made = path.stat().st_mtime_ns
    assert refresh_sources(small_course) == []
    assert path.stat().st_mtime_ns == made
    edit(small_course, "A short text", "Another text")
    later = path.stat().st_mtime + 5
    os.utime(small_course.percent(NAME), (later, later))
    refresh_sources(small_course)
    assert "Another text" in path.read_text()


def test_a_broken_percent_file_is_reported_and_stops_nothing(small_course: Course) -> None:
    edit(small_course, '"grade_id": "explain-double"', '"grade_id": "double"')
    assert "two cells have this grade_id" in refresh_sources(small_course)[0]


# -- functions of earlier notebooks ----------------------------------------------------------------------------------

SECOND = """
# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
from nbcore.mine import helper
"""


def test_what_a_later_notebook_uses_is_given_with_all_that_it_uses(small_course: Course) -> None:
    small_course.percent("02_more").write_text(SECOND.lstrip())
    text = given_module(small_course)
    names: dict = {}
    exec(text, names)
    assert names["helper"](3, scale=2) == 12
    assert names["TAUGHT"] == {"double": (NAME, "double"), "helper": (NAME, "double")}
    assert "SOLUTION" not in text


def test_a_function_that_a_notebook_provides_is_given_to_those_that_call_it(small_course: Course) -> None:
    shared = """# %% nbgrader={"grade": false, "grade_id": "shared", "locked": true, "schema_version": 3, "solution": false, "task": false}
def factor():
    return one() + 1


def one():
    return 1


def not_called():
    pass


"""
    edit(
        small_course,
        '# %% nbgrader={"grade": false, "grade_id": "double"',
        shared + '# %% nbgrader={"grade": false, "grade_id": "double"',
        1,
    )
    edit(small_course, "result = 2 * x", "result = factor() * x")
    small_course.percent("02_more").write_text(SECOND.lstrip())
    names: dict = {}
    exec(given_module(small_course), names)
    assert names["helper"](3, scale=2) == 12
    assert names["TAUGHT"].keys() == {"double", "helper"}
    assert names.keys() >= {"factor", "one"}
    assert "not_called" not in names


def test_two_notebooks_that_provide_helpers_of_one_name_are_refused_where_both_are_needed(
    small_course: Course,
) -> None:
    meta = '"locked": {}, "schema_version": 3, "solution": {}, "task": false'
    locked, own = meta.format("true", "false"), meta.format("false", "true")
    shared = f'# %% nbgrader={{"grade": false, "grade_id": "shared", {locked}}}\ndef factor():\n    return 2\n\n\n'
    mark = '# %% nbgrader={"grade": false, "grade_id": "double"'
    edit(small_course, mark, shared + mark, 1)
    edit(small_course, "result = 2 * x", "result = factor() * x")
    triple = f"""# %% nbgrader={{"grade": false, "grade_id": "triple", {own}}}
def triple(x):
    ### BEGIN SOLUTION
    return (factor() + 1) * x
    ### END SOLUTION
"""
    small_course.percent("02_more").write_text(shared + triple)
    asks = "from nbcore.mine import double, triple\n"
    head = f'# %% nbgrader={{"grade": false, "grade_id": "imports", {locked}}}\n'
    small_course.percent("03_last").write_text(head + asks.replace("double, ", ""))
    assert "def factor" in given_module(small_course)
    small_course.percent("03_last").write_text(head + asks)
    with pytest.raises(BuildError, match=f"that defines factor: {NAME} and 02_more each have one"):
        given_module(small_course)


def test_nothing_is_given_that_no_later_notebook_asks_for(small_course: Course) -> None:
    names: dict = {}
    exec(given_module(small_course), names)
    assert names["TAUGHT"] == {}
    assert "helper" not in names


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("import helper", "import triple", "no earlier notebook teaches triple"),
        ('"locked": true', '"locked": false', "only a locked cell that is no solution may"),
    ],
)
def test_a_notebook_that_asks_for_what_is_not_there_is_refused(
    small_course: Course, old: str, new: str, expected: str
) -> None:
    small_course.percent("02_more").write_text(SECOND.lstrip().replace(old, new))
    (problem,) = build_given(small_course).problems
    assert expected in problem
    assert "cell imports" in problem


def test_what_is_given_is_written_and_compared(small_course: Course) -> None:
    assert "run `make notebooks`" in build_given(small_course, check=True).problems[0]
    small_course.given.parent.mkdir(exist_ok=True)
    assert build_given(small_course).written == [small_course.given]
    assert build_given(small_course, check=True).ok
    small_course.percent("02_more").write_text(SECOND.lstrip())
    assert not build_given(small_course, check=True).ok


def test_notebooks_that_ask_for_what_has_changed_are_to_be_built_again(small_course: Course) -> None:
    small_course.percent("02_more").write_text(SECOND.lstrip())
    small_course.percent("03_none").write_text("# %%\nx = 1\n")
    small_course.given.parent.mkdir(exist_ok=True)
    assert build_given(small_course).again == []
    assert build_given(small_course).again == []
    edit(small_course, "result = 2 * x", "result = x + x")  # of double, which helper calls
    assert build_given(small_course).again == ["02_more"]
    assert build_given(small_course).again == []
    small_course.given.write_bytes(b"broken")
    assert build_given(small_course).again == ["02_more"]


# -- helpers of hidden tests -----------------------------------------------------------------------------------------

NUMBERS = '''
"""Numbers."""

import math
from fractions import Fraction as Q

import numpy as np

from .words import _text


def _root(x):
    return math.sqrt(x)


def _square_root(x):
    return math.sqrt(x)


def _half(x):
    return Q(_whole(x), 2)


class _Plain:
    unused = np.zeros
'''
WORDS = '''
"""Words and whole numbers."""


def _whole(x):
    return int(_text(x))


def _text(x):
    return f"{x}"
'''


def write_helpers(course: Course, **texts: str) -> None:
    folder = course.solutions / "helpers"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text.lstrip())


@pytest.fixture
def helped(small_course: Course) -> Course:
    """The small course with two modules of helpers, whose hidden tests ask for one of them."""
    write_helpers(small_course, numbers=NUMBERS, words=WORDS)
    edit(small_course, "### BEGIN HIDDEN TESTS\n", "### BEGIN HIDDEN TESTS\n# provided from helpers: _half\n")
    return small_course


def hidden_of(course: Course, name: str = "test-double-value") -> str:
    cell = next(cell for cell in source_notebook(course, NAME).cells if cell.id == name)
    return "\n".join(inside(cell.source, HIDDEN_TESTS))


def test_a_helper_comes_with_all_that_it_uses_and_no_more(helped: Course) -> None:
    names: dict = {"double": lambda x: 2 * x, "helper": lambda x, scale: scale * 2 * x}
    exec(hidden_of(helped), names)
    assert names["_half"](3) == 1.5
    assert [part for part in hidden_of(helped).split() if part.startswith("_")][:3] == [
        "_half",
        "_text(x):",
        "_whole(x):",
    ]
    assert {"Q", "_whole", "_text"} <= names.keys()
    assert not {"_root", "_Plain", "math", "np"} & names.keys()


def test_what_hidden_lines_import_or_were_given_before_comes_once(helped: Course) -> None:
    line = "# provided from helpers: _half\n"
    edit(helped, line, f"from fractions import Fraction as Q\n{line}# provided from helpers: _text, _root\n")
    edit(helped, f"{line}#", f"{line}# provided from helpers: _square_root\n#")
    hidden = hidden_of(helped)
    for part in ("from fractions import Fraction as Q", "import math", "def _half", "def _text", "def _root"):
        assert hidden.count(part) == 1


def test_the_source_notebook_is_whole_and_students_see_nothing_of_it(helped: Course) -> None:
    assert problems(helped) == ""
    source, released = source_notebook(helped, NAME), student(helped)
    assert "def _half(x):" in helped.source_notebook(NAME).read_text()
    assert "helpers" not in helped.release_notebook(NAME).read_text()
    assert "_half" not in helped.release_notebook(NAME).read_text()
    released.cells[0].source += "\nreturn int(_text(x))"
    assert "shows students a line of a region of cell test-double-value" in leaks(source, released)[0]


@pytest.mark.slow
def test_hidden_tests_with_helpers_run_under_plain_nbgrader(helped: Course) -> None:
    edit(helped, "### END HIDDEN TESTS", "assert double(_half(3)) == 3\n### END HIDDEN TESTS")
    assert build(helped, NAME, progress=lambda _: None).problems == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("helpers: _half", "helpers: _half, _third", "solutions/helpers has no definition of _third"),
        ("# provided from helpers: _half", "# provided from helper: _half", "is not of the form"),
        ("# provided from helpers: _half", "# provided from helpers _half", "is not of the form"),
        ("# provided from helpers: _half", "# provided by helpers: _half", "is not of the form"),
        ("# provided from helpers: _half", "#Provided from Helpers: _half", "is not of the form"),
        ("# provided from helpers: _half", "# povided from helper: _half", "is not of the form"),
        ("# provided from helpers: _half", "# provided: _half", "is not of the form"),
        ("# provided from helpers: _half", "if True:\n    pass\n    # provided from helpers: _half", "is not of the form"),
        ("### BEGIN HIDDEN TESTS\n# provided from helpers: _half", "# provided from helpers: _half\n### BEGIN HIDDEN TESTS", "students would see them"),
        ("### END HIDDEN TESTS", "### END HIDDEN TESTS\n# provided from helpers: _text", "students would see them"),
        ("### END HIDDEN TESTS", "### END HIDEN TESTS", "without '### END HIDDEN TESTS'"),
    ],
)  # fmt: skip
def test_a_wrong_line_for_helpers_is_refused(helped: Course, old: str, new: str, expected: str) -> None:
    edit(helped, old, new)
    with pytest.raises(BuildError, match=expected) as caught:
        source_notebook(helped, NAME)
    assert caught.value.cell == "test-double-value"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def _text(x):\n    pass\n", "solutions/helpers/words.py: _text is defined in solutions/helpers/more.py and again here"),
        ("def _a():\n    pass\n\n\nclass _a:\n    pass\n", "solutions/helpers/more.py: _a is defined in solutions/helpers/more.py and again here"),
        ("def more():\n    pass\n", "solutions/helpers/more.py: more: names of helpers begin with an underscore"),
        ('"""More."""\n\n_N = 3\n', "solutions/helpers/more.py: line 3 is no import, function or class"),
        ("def _a(:\n", "solutions/helpers/more.py:1: invalid syntax"),
    ],
)  # fmt: skip
def test_wrong_helpers_are_refused(helped: Course, text: str, expected: str) -> None:
    """The file is blamed, and no cell that asks for something of it."""
    write_helpers(helped, more=text)
    with pytest.raises(CourseError, match=f"^{re.escape(expected)}") as caught:
        source_notebook(helped, NAME)
    assert not isinstance(caught.value, BuildError)


def test_helpers_in_a_provided_cell_are_refused(small_course: Course) -> None:
    write_helpers(small_course, words=WORDS)
    small_course.percent("02_more").write_text(
        SECOND.lstrip().replace("from nbcore.mine import helper", "# provided from helpers: _text")
    )
    with pytest.raises(BuildError, match="students would see them"):
        source_notebook(small_course, "02_more")


def test_a_changed_helper_makes_sources_and_fingerprint_anew(helped: Course) -> None:
    refresh_sources(helped)
    path, before = helped.source_notebook(NAME), fingerprint(helped, NAME)
    assert fingerprint(helped, NAME) == before
    write_helpers(helped, words=WORDS.replace('f"{x}"', "str(x)"))
    assert fingerprint(helped, NAME) != before
    later = path.stat().st_mtime + 5
    os.utime(helped.solutions / "helpers" / "words.py", (later, later))
    refresh_sources(helped)
    assert "return str(x)" in path.read_text()
    assert helped.assignments() == [NAME]


# -- nbgrader itself -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_plain_generate_assignment_gives_the_built_notebook_and_keeps_other_files(small_course: Course) -> None:
    build(small_course, NAME, prove=False)
    built = small_course.release_notebook(NAME).read_bytes()
    readme = small_course.release_notebook(NAME).parent / "README.md"
    readme.write_text("mine")
    source_folder = small_course.source_notebook(NAME).parent
    (source_folder / "secret_tests.py").write_text("answer = 42")
    (source_folder / "notes").mkdir()
    (source_folder / "notes" / "marks.csv").write_text("secret")
    (source_folder / "data").mkdir()
    (source_folder / "data" / "points.csv").write_text("1,2\n")
    for flags in ([], ["--force"]):
        done = nbgrader(small_course, "generate_assignment", NAME, *flags)
        assert done.returncode == 0, done.stderr
        assert small_course.release_notebook(NAME).read_bytes() == built
        released = {str(p.relative_to(readme.parent)) for p in readme.parent.rglob("*") if p.is_file()}
        assert released == {"README.md", f"{NAME}.ipynb", "data/points.csv"}
    nbgrader(small_course, "generate_assignment", ".", "--force")
    assert readme.exists()
    assert small_course.release_notebook(NAME).read_bytes() == built


def test_settings_are_those_of_the_design(small_course: Course) -> None:
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(small_course.root)).load_config()
    assert config.CourseDirectory.source_directory == "solutions"
    assert config.CourseDirectory.release_directory == "notebooks"
    assert json.loads(to_bytes(source_notebook(small_course, NAME)))["nbformat_minor"] == 5
    assert write_source(small_course, NAME, to_bytes(source_notebook(small_course, NAME))) == []
