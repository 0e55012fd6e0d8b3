"""Turns a percent file into the notebook that nbgrader reads.

The result depends on the text of the percent files and helpers alone: the same text gives the same bytes, cell ids
included.
"""

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from nbcore import __version__

from .address import Address, address
from .code import each_definition, imports_of, syntax_error
from .ladders import LadderCell, is_ladder
from .markup import (
    HIDDEN_TESTS,
    PROVIDED,
    BuildError,
    asks_for_helpers,
    grade_id,
    inside,
    is_autograded,
    label,
    regions,
)
from .paths import Course, CourseError, shown, write_atomically

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
HELPERS = "helpers"
_UNREADABLE = "incorrectly_encoded_metadata"  # jupytext's own key for it
MADE_FOR = f'import nbcore; nbcore.needs("{".".join(__version__.split(".")[:2])}")\n'
"""What the build puts into the first cell that imports nbcore: an old one says so before an import of it fails. The
last number of a version is left out: it only mends."""
_IMPORTS_NBCORE = re.compile(r"^(?:from|import) nbcore\b", re.MULTILINE)


def read_percent(path: Path) -> NotebookNode:
    """The percent file as a notebook, as jupytext reads it. A comment that looks like a command of IPython, such as
    "# 0?", stays one.

    Raises BuildError, naming file, line and cell, for a header that cannot be read, and for code that is no Python.
    """
    form = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt=form)
    for cell, line in zip(notebook.cells, first_lines(text, notebook.cells), strict=True):
        if wrong := cell.metadata.get(_UNREADABLE):
            problem = f"this part of its header cannot be read: {wrong}"
            raise BuildError(label(cell), problem, f"{shown(path)}:{line - 1}")
        if cell.cell_type == "code" and (error := syntax_error(cell.source, line)):
            raise BuildError(_name_of(cell), error.msg, f"{shown(path)}:{error.lineno}")
    return notebook


def first_lines(text: str, cells: Sequence[NotebookNode]) -> Iterator[int]:
    """For each cell of a percent file the line, counted from 1, at which its text begins: behind its header."""
    lines, at = text.split("\n"), 0
    headers = [number for number, line in enumerate(lines, 1) if line.startswith("# %%")]
    for cell in cells:
        source = cell.source.split("\n") if cell.cell_type == "code" else []
        after = [number for number in headers if number > at]
        # What looks like a header may stand in a string: that of code is the one before its lines. The first cell may
        # have none.
        begins = [*([] if at else [0]), *after] if source else after
        here = next((n for n in begins if lines[n : n + len(source)] == source), after[0] if after else at)
        yield here + 1
        at = here + len(source)


def lines_of_cells(path: Path) -> dict[str, int]:
    """The line of the header of each cell, by the name that messages give it."""
    cells = read_percent(path).cells
    found = first_lines(path.read_text(encoding="utf-8"), cells)
    return {label(cell): line - 1 for cell, line in zip(cells, found, strict=True)}


def _name_of(cell: NotebookNode) -> str:
    """That of a cell of a notebook, a bank or a file of examples."""
    told = (str(cell.metadata[key]) for key in ("mistake", "accepted", "exercise") if key in cell.metadata)
    return " of ".join(told) or label(cell)


def source_notebook(course: Course, name: str) -> NotebookNode:
    """The notebook of an assignment with solutions and hidden tests in it, and the helpers of the tests filled in.

    Raises BuildError, naming the cell, where the percent file is wrong.
    """
    notebook = read_percent(course.percent(name))
    notebook.cells = [cell for cell in notebook.cells if not is_ladder(cell)]
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)
        if cell.cell_type == "code":
            cell.source = fill_provided(course, cell)
            cell.execution_count, cell.outputs = None, []
    _say_version(notebook, address(course.root))
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    set_cell_ids(notebook)
    nbformat.validate(notebook)
    return notebook


def _say_version(notebook: NotebookNode, where: Address | None) -> None:
    first = f"{where.install}{MADE_FOR}" if where else MADE_FOR
    for cell in notebook.cells:
        if cell.cell_type == "code" and _IMPORTS_NBCORE.search(cell.source):
            cell.source = first + cell.source
            return


def ladders(course: Course, name: str) -> list[LadderCell]:
    """The ladders of hints of an assignment, in the order of its exercises. Raises BuildError where one is wrong."""
    return [LadderCell.of(cell) for cell in read_percent(course.percent(name)).cells if is_ladder(cell)]


def set_cell_ids(notebook: NotebookNode) -> None:
    """Gives each cell its grade_id as id, or, where it has none, a digest of its text."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = grade_id(cell)
        cell_id = name or hashlib.sha256(f"{cell.cell_type}:{cell.source}".encode()).hexdigest()[:12]
        seen[cell_id] = seen.get(cell_id, 0) + 1
        if seen[cell_id] > 1 and name:
            raise BuildError(name, "two cells have this grade_id")
        cell.id = cell_id if seen[cell_id] == 1 else f"{cell_id}-{seen[cell_id]}"


@dataclass(frozen=True)
class Provided:
    """A helper that hidden lines can ask for: its text and the names in it, its file, and the file's import statements
    by the names that they bind."""

    code: str
    names: frozenset[str]
    file: str
    imports: dict[str, str]


def fill_provided(course: Course, cell: NotebookNode) -> str:
    """Text of a code cell; each line `# provided from helpers: _relu` is followed by these definitions.

    Hidden lines of several test cells share them. A helper brings with it all that it uses, each once.
    """
    where = grade_id(cell) or "provided"
    lines: list[str] = []
    given: set[str] = set()
    for number, line in enumerate(cell.source.split("\n")):
        lines.append(line)
        if match := PROVIDED.match(line):
            hidden, found = _hidden_around(number, cell, where), _helpers(course)
            wanted = [part.strip() for part in match["names"].split(",")]
            if missing := [name for name in wanted if name not in found]:
                raise BuildError(where, f"solutions/{HELPERS} has no definition of {', '.join(missing)}")
            wanted = [helper for helper in _with_all_used(wanted, found) if helper not in given]
            imports = sorted(_imports(wanted, found) - set(hidden) - given)
            lines += imports
            given.update(imports, wanted)
            lines.append("\n\n\n".join(found[part].code for part in wanted))
        elif asks_for_helpers(line):
            raise BuildError(where, f"{line!r} is not of the form '# provided from {HELPERS}: name, name'")
    return "\n".join(lines)


def _hidden_around(number: int, cell: NotebookNode, where: str) -> list[str]:
    """The hidden lines of a test cell, of which the line with this number must be one."""
    try:
        if is_autograded(cell) and any(begin < number < end for begin, end in regions(cell.source, HIDDEN_TESTS)):
            return inside(cell.source, HIDDEN_TESTS)
    except ValueError as error:
        raise BuildError(where, str(error)) from error
    raise BuildError(where, "asks for helpers outside the hidden lines of a test cell: students would see them")


def _helpers(course: Course) -> dict[str, Provided]:
    """What the modules of `solutions/helpers/` define, in the order of the files. Raises CourseError, naming the file,
    where one is no such module."""
    found: dict[str, Provided] = {}
    for path in course.helpers():
        file = shown(path)
        try:
            module = _module(file, path.read_text(encoding="utf-8"))
        except SyntaxError as error:
            raise CourseError(f"{file}:{error.lineno}: {error.msg}") from error
        except ValueError as error:
            raise CourseError(f"{file}: {error}") from error
        for name, helper in module:
            if name in found:
                raise CourseError(f"{file}: {name} is defined in {found[name].file} and again here")
            found[name] = helper
    return found


@cache  # all test cells of all notebooks ask for the same few files
def _module(file: str, text: str) -> tuple[tuple[str, Provided], ...]:
    """The definitions of a module of helpers. Raises SyntaxError or ValueError where it is none.

    What it imports from another module of helpers is found by its name, like its own.
    """
    tree = ast.parse(text)
    imports = imports_of(tree)
    for node in tree.body[ast.get_docstring(tree) is not None :]:
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
            raise ValueError(f"line {node.lineno} is no import, function or class")
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            raise ValueError(f"{node.name}: names of helpers begin with an underscore")
    return tuple((name, Provided(code, _names(node), file, imports)) for name, (code, node) in each_definition(text))


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def _with_all_used(wanted: list[str], found: dict[str, Provided]) -> list[str]:
    """These definitions and all that they use, at any remove, each behind what it uses.

    So the examiner sees that they are the hidden lines' own, and a class may have a base of another file.
    """
    seen: set[str] = set()
    taken: list[str] = []

    def take(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for used in found:
                if used in found[name].names:
                    take(used)
            taken.append(name)

    for name in wanted:
        take(name)
    return taken


def _imports(names: list[str], found: dict[str, Provided]) -> set[str]:
    """The import statements that these definitions need."""
    return {text for name in names for bound, text in found[name].imports.items() if bound in found[name].names}


def to_bytes(notebook: NotebookNode) -> bytes:
    """The notebook file: one form for all that the build writes."""
    return nbformat.writes(notebook).encode() + b"\n"


# ---------------------------------------------------------------- writing


def refresh_sources(course: Course) -> list[str]:
    """Makes nbgrader's source notebooks anew where a percent file or a helper is newer; returns what could not be made.

    Called when nbgrader starts, so that it never reads yesterday's source.
    """
    problems = []
    for name in course.assignments():
        target = course.source_notebook(name)
        made_from = [course.percent(earlier) for earlier in course.assignments() if earlier <= name] + course.helpers()
        if target.exists() and target.stat().st_mtime >= max(path.stat().st_mtime for path in made_from):
            continue
        try:
            write_source(course, name, to_bytes(source_notebook(course, name)))
        except (CourseError, OSError) as error:
            problems.append(f"{name}: {error}")
    return problems


def write_source(course: Course, name: str, data: bytes) -> list[Path]:
    """Writes nbgrader's source notebook and its data, unless someone edited the notebook since it was built."""
    target = course.source_notebook(name)
    mark = target.parent / ".built"
    if target.exists() and mark.exists():
        old = target.read_bytes()
        if old != data and hashlib.sha256(old).hexdigest() not in mark.read_text().split():
            raise BuildError(
                name,
                f"{target} was changed by hand since it was built. Bring the change into {course.percent(name)} "
                "(it opens as a notebook in JupyterLab), then delete the changed file",
            )
    # The mark first, and of both: a build that is killed between the two has left what lay there before.
    there = [target.read_bytes()] if target.exists() else []
    write_atomically(mark, "\n".join(hashlib.sha256(text).hexdigest() for text in (data, *there)).encode())
    written = write_if_changed(target, data)
    target.touch()
    return written + copy_data(course.data(name), target.parent / "data")


def copy_data(source: Path, target: Path) -> list[Path]:
    """Copies the files of a folder, if it is there, as far as they have changed; returns what was written."""
    files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else []
    return [made for path in files for made in write_if_changed(target / path.relative_to(source), path.read_bytes())]


def write_if_changed(path: Path, data: bytes) -> list[Path]:
    """Writes the file if its content changes; returns what was written."""
    if path.exists() and path.read_bytes() == data:
        return []
    write_atomically(path, data)
    return [path]
