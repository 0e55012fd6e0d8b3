"""What must be true of a built assignment before students see it, one function a proof.

Each returns the problems it found, a sentence each that names the cell; an empty list is a proof.
"""

import ast
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.nbgraderformat.common import ValidationError
from nbgrader.preprocessors import ClearSolutions
from nbgrader.utils import determine_grade

from ..course.code import imports_of, names_of, parsed
from ..course.ladders import LadderCell
from ..course.markup import (
    DELIMITERS,
    HIDDEN_TESTS,
    NO_MARKS,
    REGIONS,
    SOLUTION,
    TAGS,
    TestCell,
    grade_id,
    has_tag,
    inside,
    is_autograded,
    is_locked,
    is_solution,
    label,
    misspelt_delimiters,
    outside,
    regions,
    split,
    tags,
)
from ..course.needed import CodeCell, Tagged, used

# A student has one to two hours for a notebook.
MAX_CELLS = 46  # the last one is the summary
MAX_WORDS = 2000
MAX_EXERCISES = 8

PREPARE = ("part", "rng", "seeded", "provide", "hint", "summary")  # calls of `check` that judge nothing
# Of the code of a solution in a sentence: fewer letters and signs may stand there by chance.
MIN_CODE = 12
_OPERATIONS = (ast.BinOp, ast.BoolOp, ast.Compare, ast.Call, ast.IfExp, ast.comprehension)

# Of a ladder of hints: the words of the second and third, and the share of the words of one that the next may repeat.
MIN_RUNG, MAX_RUNG = 30, 120
MAX_AGAIN = 0.3

# By the clock, so long enough for a busy machine; then the cell is interrupted, which is an error of it.
CELL_SECONDS = 600
# Said in a kernel as it starts. From Python 3.12 on, its own start warns of an event loop that is not there yet.
_WARNINGS_ARE_ERRORS = (
    "import warnings; warnings.simplefilter('error'); "
    "warnings.filterwarnings('ignore', 'There is no current event loop', DeprecationWarning)"
)


@dataclass(frozen=True)
class Size:
    """How long a notebook is for the student."""

    cells: int
    words: int
    exercises: int


def size(notebook: NotebookNode) -> Size:
    prose = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    tested = {test.exercise for cell in notebook.cells if (test := TestCell.parse(grade_id(cell) or ""))}
    exercises = [cell for cell in notebook.cells if is_solution(cell) and grade_id(cell) in tested]
    return Size(len(notebook.cells), count_words(prose), len(exercises))


def count_words(markdown: str) -> int:
    return len(words(markdown))


def words(markdown: str) -> list[str]:
    """Words of the prose: without code, formulas, addresses of links, and HTML tags."""
    for pattern in (r"```.*?```", r"\$\$.*?\$\$", r"\$[^$]+\$", r"`[^`]*`", r"<[^>]+>", r"\]\([^)]*\)"):
        markdown = re.sub(pattern, " ", markdown, flags=re.DOTALL)
    return re.findall(r"[A-Za-z][\w'-]*", markdown)


def too_long(student: NotebookNode) -> list[str]:
    """The notebook keeps within its size."""
    found = size(student)
    limits = {"cells": MAX_CELLS, "words": MAX_WORDS, "exercises": MAX_EXERCISES}
    return [
        f"the notebook has {getattr(found, what)} {what}, at most {limit} are allowed"
        for what, limit in limits.items()
        if getattr(found, what) > limit
    ]


def bad_markup(source: NotebookNode) -> list[str]:
    """Delimiters are spelt right, pair up, and stand in the right kind of cell; every test cell has hidden tests."""
    return [problem for cell in source.cells for problem in _bad_markup(cell)]


def _bad_markup(cell: NotebookNode) -> Iterator[str]:
    for line, meant in misspelt_delimiters(cell.source):
        yield f"cell {label(cell)}: {line!r} looks like {meant!r} and is not: it would be released to students"
    for kind in REGIONS:
        try:
            list(regions(cell.source, kind))
        except ValueError as error:
            yield f"cell {label(cell)}: {error}"
            return
    if is_autograded(cell) and not inside(cell.source, HIDDEN_TESTS):
        yield f"cell {label(cell)}: a test cell without hidden tests"
    if inside(cell.source, HIDDEN_TESTS) and not is_autograded(cell):
        yield f"cell {label(cell)}: hidden tests in a cell that is not autograded"
    if is_solution(cell) and not inside(cell.source, SOLUTION):
        yield f"cell {label(cell)}: a solution cell without a solution region: all of it would be cleared"


def idle_tests(source: NotebookNode) -> list[str]:
    """The hidden lines of every test cell check or assert something, and use something that the notebook defines."""
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    trees = [tree for cell in cells if (tree := parsed("\n".join(outside(cell.source, HIDDEN_TESTS))))]
    defined = set().union(*(names_of(tree)[1] - imports_of(tree).keys() for tree in trees))
    problems = []
    for cell in filter(is_autograded, cells):
        hidden = parsed(split(cell.source).hidden) or ast.Module([], [])
        if not any(map(_judges, ast.walk(hidden))):
            problems.append(f"cell {label(cell)}: its hidden lines test nothing: no check and no assertion")
        elif not names_of(hidden)[0] & defined:
            problems.append(f"cell {label(cell)}: its hidden lines use no function of the notebook")
    return problems


def _judges(node: ast.AST) -> bool:
    """Whether this may fail a test: an assertion, an error, or a call of `check` other than those that prepare one."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return node.func.value.id == "check" and node.func.attr not in PREPARE
    return isinstance(node, ast.Assert | ast.Raise)


def bad_metadata(source: NotebookNode) -> list[str]:
    """The nbgrader metadata of every cell is complete; nbgrader itself does not always name the cell."""
    problems = []
    for cell in source.cells:
        if "nbgrader" not in cell.metadata:
            continue
        try:
            MetadataValidator().validate_cell(cell)
        except (ValidationError, KeyError) as error:
            problems.append(f"cell {label(cell)}: {getattr(error, 'message', f'{error} is missing')}")
    return problems


def bad_tags(source: NotebookNode) -> list[str]:
    """Every tag is one that something reads. No mark depends on a cell with the tag "no-marks": no other cell reads
    a name that such a cell binds."""
    unknown = [(cell, str(tag)) for cell in source.cells for tag in tags(cell) if tag not in TAGS]
    if unknown:
        return [
            f"cell {label(cell)}: nothing reads the tag {tag!r}; {get_close_matches(tag, TAGS, 1, 0.0)[0]!r} is known"
            for cell, tag in unknown
        ]
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    code = [CodeCell(cell.source, grade_id(cell), is_locked(cell), is_autograded(cell)) for cell in cells]
    problems = [
        f"cell {label(cell)}: has the tag {NO_MARKS}, and is locked or has points: it always runs"
        for cell, one in zip(cells, code, strict=True)
        if one.fixed and has_tag(cell, NO_MARKS)
    ]
    for n, names in used(code, Tagged.of(source.cells)).items():
        shown = ", ".join(sorted(names)) or "what a cell could reach that asks for names as text"
        problems.append(f"cell {label(cells[n])}: has the tag {NO_MARKS}, and other cells use {shown} of it")
    return problems


def bad_ladders(source: NotebookNode, ladders: Sequence[LadderCell]) -> list[str]:
    """Every exercise with points of tests has a ladder of hints, each rung says more, and none says all."""
    tested = {test.exercise for cell in source.cells if (test := TestCell.parse(grade_id(cell) or ""))}
    exercises = {name: cell for cell in source.cells if is_solution(cell) and (name := grade_id(cell)) in tested}
    counts = Counter(ladder.exercise for ladder in ladders)
    problems = [f"exercise {name}: {counts[name]} ladders of hints" for name in exercises if counts[name] != 1]
    problems += [f"a ladder of hints for {name}, which has no tests" for name in counts if name not in exercises]
    rungs = [(f"the ladder of {one.exercise}", rung) for one in ladders for rung in one.rungs[:-1]]
    problems += _told(source, rungs)
    for ladder in ladders:
        if ladder.exercise in exercises:
            found = _bad_rungs(ladder, inside(exercises[ladder.exercise].source, SOLUTION))
            problems += [f"exercise {ladder.exercise}: {problem}" for problem in found]
    return problems


def _bad_rungs(ladder: LadderCell, solution: Sequence[str]) -> Iterator[str]:
    """What is wrong with a ladder. solution: the lines of the exercise's solution."""
    secret = [" ".join(line.split()) for line in solution if len(line.split()) > 1]
    for n, rung in enumerate(ladder.rungs[:-1], 1):
        text = " ".join(rung.split())
        yield from (f"hint {n} holds a line of the solution: {line!r}" for line in secret if line in text)
        if n > 1 and not MIN_RUNG <= count_words(rung) <= MAX_RUNG:
            yield f"hint {n} has {count_words(rung)} words, where {MIN_RUNG} to {MAX_RUNG} are wanted"
    for n, (one, other) in enumerate(pairwise(ladder.rungs), 2):
        again = sorted(telling_words(one) & telling_words(other))
        if len(again) >= MAX_AGAIN * max(1, len(telling_words(one))):
            yield f"hint {n} repeats too many words of the one before: {', '.join(again)}"
    shown = iter([" ".join(line.split()[1:]) for line in ladder.rungs[-1].split("\n")])
    if all(line in shown for line in secret):
        yield "the last hint holds the whole solution in order"


def telling_words(markdown: str) -> set[str]:
    """The words of a text that are longer than "with" and "then"."""
    return {word.lower() for word in words(markdown) if len(word) > 4}


def leaks(source: NotebookNode, student: NotebookNode) -> list[str]:
    """No line of a solution, hidden test or mark scheme stands in the student's notebook, and no sentence there holds
    code of a solution.

    Lines that also stand outside of every region were meant to be seen; lines of one word say nothing.
    """
    visible = {line.strip() for cell in source.cells for line in outside(cell.source, *REGIONS)}
    secret: dict[str, str] = {}
    for cell in source.cells:
        for kind in REGIONS:
            for line in inside(cell.source, kind):
                if len(line.split()) > 1 and line.strip() not in visible:
                    secret[line.strip()] = label(cell)
    text = nbformat.writes(student)
    shown = {line.strip(): label(cell) for cell in student.cells for line in cell.source.split("\n")}
    found = [
        f"cell {shown[line]}: shows students a line of a region of cell {cell}: {line!r}"
        for line, cell in secret.items()
        if line in shown
    ]
    found += _told(source, [(f"cell {label(c)}", c.source) for c in student.cells if c.cell_type == "markdown"])
    found += [f"the student notebook holds the delimiter {mark!r}" for mark in DELIMITERS if mark in text]
    outputs = [label(cell) for cell in student.cells if cell.get("outputs") or cell.get("execution_count")]
    return found + [f"cell {cell}: has outputs in the student notebook" for cell in outputs]


def _told(source: NotebookNode, texts: Sequence[tuple[str, str]]) -> list[str]:
    """What these texts, each with its place, say of the code of a solution."""
    cells = [cell for cell in source.cells if cell.cell_type == "code" and is_solution(cell)]
    secret = [(label(cell), code) for cell in cells for code in _computed(cell.source)]
    found = []
    for exercise, code in secret:
        tokens = re.findall(r"\w+|[^\w\s]", code)
        pattern = re.compile(r"(?<![\w.])" + r"\s*".join(map(re.escape, tokens)) + r"(?!\w)")
        if len("".join(tokens)) >= MIN_CODE:
            for where, text in texts:
                if pattern.search(text):
                    found.append(f"{where}: shows students code of the solution of {exercise}: {code!r}")
    return found


def _computed(solution: str) -> Iterator[str]:
    """What the lines of a solution region return or assign.

    A call that is assigned is left out: the theory may name a step that takes one. So are values without an operation.
    """
    between = [range(begin + 2, end + 1) for begin, end in regions(solution, SOLUTION)]
    for node in ast.walk(parsed(solution) or ast.Module([], [])):
        if isinstance(node, ast.Return | ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            is_step = isinstance(node.value, ast.Call) and not isinstance(node, ast.Return)
            computes = any(isinstance(part, _OPERATIONS) for part in ast.walk(node.value))
            if computes and not is_step and any(node.lineno in lines for lines in between):
                yield ast.get_source_segment(solution, node.value) or ""


def solved_is_right(source: NotebookNode) -> list[str]:
    """The solved notebook runs clean from top to bottom with warnings as errors, and gets full marks."""
    return not_right(run(source, warnings_are_errors=True))


def not_right(done: NotebookNode) -> list[str]:
    """What the outputs of a run of the solved notebook say against it."""
    return [problem for cell in done.cells if cell.cell_type == "code" for problem in _not_right(cell)]


def _not_right(cell: NotebookNode) -> Iterator[str]:
    error = _error(cell)
    if error is not None:
        yield f"cell {label(cell)}: the solved notebook fails here with {error.ename}: {error.evalue}"
        return
    noise = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
    if noise:
        yield f"cell {label(cell)}: the solved notebook writes to stderr: {noise.strip()[:200]!r}"
    if is_autograded(cell):
        score, maximum = determine_grade(cell)
        if score != maximum:
            yield f"cell {label(cell)}: the solution gets {score} of {maximum} points"


def stub_is_wrong(source: NotebookNode) -> list[str]:
    """With nothing filled in, every test cell, hidden tests and all, fails, and with NotImplementedError only."""
    done = run(untouched(source))
    problems = []
    for cell in done.cells:
        if not is_autograded(cell):
            continue
        error = _error(cell)
        if error is None:
            problems.append(f"cell {label(cell)}: the untouched stub passes")
        elif error.ename != "NotImplementedError":
            problems.append(
                f"cell {label(cell)}: the untouched stub fails with {error.ename} ({error.evalue}), "
                "where it should with NotImplementedError"
            )
    return problems


def untouched(source: NotebookNode) -> NotebookNode:
    """The source notebook with its solutions cleared and its hidden tests kept."""
    cleared, _ = ClearSolutions().preprocess(nbformat.from_dict(source), {})
    return cleared


def run(notebook: NotebookNode, *, warnings_are_errors: bool = False) -> NotebookNode:
    """A copy of the notebook with the outputs of a run in a fresh kernel, in a folder of its own."""
    copy = nbformat.from_dict(notebook)
    start = ["--HistoryManager.enabled=False", "--log-level=ERROR"]
    if warnings_are_errors:
        start.append(f"--InteractiveShellApp.exec_lines={_WARNINGS_ARE_ERRORS}")
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        client = NotebookClient(
            copy,
            timeout=CELL_SECONDS,
            interrupt_on_timeout=True,
            iopub_timeout=CELL_SECONDS,  # outputs of a cell that has ended come late on a busy machine
            allow_errors=True,
            extra_arguments=start,
            resources={"metadata": {"path": folder}},
            shutdown_kernel="immediate",
        )
        client.execute(
            env={**os.environ, "IPYTHONDIR": folder, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        )
    return copy


def _error(cell: NotebookNode) -> NotebookNode | None:
    return next((output for output in cell.outputs if output.output_type == "error"), None)
