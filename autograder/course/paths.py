"""Where things lie in a course directory: the one place that knows.

Everything else asks a `Course`. It reads names only, and never creates a folder.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

RECORD_SUFFIX = ".record.json"  # of the file beside a graded notebook that says how it was graded
_HELPERS = Path(__file__).parents[2] / "solutions" / "helpers"
ASSIGNMENT_NAME = re.compile(r"^\d\d_[a-z][a-z0-9_]*$")


class CourseError(Exception):
    """What the caller asked for is not in this course directory, or cannot be used as it stands there."""


@dataclass(frozen=True)
class Course:
    """A course directory: `solutions/` is edited by hand, `notebooks/` is what students get."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None, *, sources: bool = True) -> "Course":
        """The course directory that holds `start` (the working directory if not given).

        Raises CourseError where neither it nor a folder above it has an `nbgrader_config.py`, with `sources` beside
        `solutions/`.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "nbgrader_config.py").is_file() and ((folder / "solutions").is_dir() or not sources):
                return cls(folder)
        wanted = "nbgrader_config.py and solutions/" if sources else "nbgrader_config.py"
        raise CourseError(f"{here} is not inside a course directory: no folder above it holds {wanted}")

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def contract(self) -> Path:
        """The exercises of every assignment: their functions and points."""
        return self.solutions / "contract.toml"

    @property
    def config(self) -> Path:
        return self.root / "nbgrader_config.py"

    def assignments(self) -> list[str]:
        """Names of all assignments, in course order."""
        names = (path.stem for path in self.solutions.glob("*.py"))
        return sorted(name for name in names if ASSIGNMENT_NAME.match(name))

    def select(self, names: list[str]) -> list[str]:
        """The assignments named, or all of them where none is; raises CourseError for an unknown name."""
        known = self.assignments()
        unknown = [name for name in names if name not in known]
        if unknown:
            raise CourseError(f"no assignment called {', '.join(unknown)}: this course has {', '.join(known)}")
        return names or known

    def percent(self, name: str) -> Path:
        """The hand-edited source."""
        return self.solutions / f"{name}.py"

    def helpers(self) -> list[Path]:
        """Modules of the functions that hidden lines of several test cells share. A course that has taken over single
        notebooks without this folder uses those of the project that the program is run from."""
        folder = self.solutions / "helpers"
        return sorted((folder if folder.is_dir() else _HELPERS).glob("*.py"))

    def mistakes(self, name: str) -> Path:
        """The known mistakes and accepted variants."""
        return self.solutions / "misconceptions" / f"{name}.py"

    def examples(self, name: str) -> Path:
        """Texts that show what is wrong with an answer."""
        return self.solutions / "examples" / f"{name}.py"

    def hints(self, name: str) -> Path:
        """What the known mistakes give on the visible tests, for the checks to compare with; built and committed."""
        return self.root / "nbcore" / "hints" / f"{name}.json"

    @property
    def given(self) -> Path:
        """Right versions of what later notebooks use, for students without their own; built and committed."""
        return self.root / "nbcore" / "given.txt"

    def recording(self, name: str) -> Path:
        """What solution and known mistakes give in all tests, for the grader to compare with; built when needed."""
        return self.root / "build" / "mistakes" / f"{name}.json"

    def results(self, name: str) -> Path:
        """What the tests said of every variant of the bank, as the build or the audit has last run them."""
        return self.root / "build" / "audit" / f"{name}.json"

    def proof(self, name: str, notebook: str) -> Path:
        """Which test cells of another course the examiner cannot grade; found when it is first graded."""
        return self.root / "build" / "proofs" / name / f"{notebook}.json"

    def regraded(self, name: str) -> Path:
        """The changes of marks that stand in no list yet: those of a regrade that was ended in the middle."""
        return self.root / "build" / "regraded" / f"{name}.jsonl"

    def released(self, name: str) -> Path:
        """The digest of the student's notebook as the build has last written it."""
        return self.root / "build" / "released" / f"{name}.sha256"

    def data(self, name: str) -> Path:
        """Files that are released beside the notebook, in a folder `data`; it need not exist."""
        return self.solutions / "data" / name

    def source_notebook(self, name: str) -> Path:
        """What nbgrader reads; built."""
        return self.solutions / name / f"{name}.ipynb"

    def release_notebook(self, name: str) -> Path:
        """What students get; built and committed."""
        return self.notebooks / name / f"{name}.ipynb"


def shown(path: Path) -> str:
    """A source of a course as messages name it, from `solutions` on."""
    return path.as_posix()[max(0, path.as_posix().rfind("solutions/")) :]


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file, with the folders above it, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.new")  # another process may write the same file
    try:
        half.write_bytes(data)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
