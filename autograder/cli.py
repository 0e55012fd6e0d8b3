"""The `autograder` command. Each subcommand parses its arguments here and does its work elsewhere.

Heavy modules are imported by the subcommand that needs them, so that the first line appears at once.
"""

import argparse
import errno
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import nbcore

from . import NEEDS_LINUX
from .campus.systems import SYSTEMS
from .course.paths import Course, CourseError

T = TypeVar("T")
CORES = os.cpu_count() or 1
WORKER = "autograder.grade.task"  # what a worker of `grade` needs
JOBS = "assignments to work on at a time (one for each core if not given)"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand; returns the exit status: 0 all is well, 1 something was found, 2 wrong usage."""
    # One thread for each process: the commands run as many processes as there are cores. Read when NumPy is imported.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    arguments = _parser().parse_args(argv)
    if NEEDS_LINUX:
        print(f"autograder: {NEEDS_LINUX}", file=sys.stderr)
        return 2
    try:
        return arguments.run(arguments)
    except CourseError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("autograder", "nbcore"):
            raise
        print(
            f"autograder: {error.name} is not installed. In a clone, what grading needs comes with: "
            "pip install ./nbcore .",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("autograder: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        refused = _refused(error)
        if refused is None:
            raise
        print(f"autograder: {refused}", file=sys.stderr)
        return 1


def _refused(error: BaseException | None) -> str | None:
    """What the machine has refused, and what to do; None for an error of this program. nbgrader raises errors of its
    own behind those of the database."""
    database = sys.modules.get("sqlalchemy.exc")
    while error is not None:
        if database is not None and isinstance(error, database.OperationalError):
            return f"the gradebook: {error.orig}. When that is mended, run the same command again: what is done is kept"
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"{error.strerror}. Make room and run the same command again: what is done is kept"
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and error.filename:
            return f"{error.strerror}: {error.filename}"
        error = error.__cause__ or error.__context__
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder", description="Builds the notebooks of the course and grades what comes back."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {nbcore.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    build = commands.add_parser(
        "build",
        help="make the student notebooks from the percent files, and prove that they are right",
        description="Makes notebooks/NN_name/NN_name.ipynb from solutions/NN_name.py and proves that it is right.",
    )
    build.add_argument("names", nargs="*", metavar="NN_name", help="assignments to build (all if none is named)")
    build.add_argument("--check", action="store_true", help="compare the student notebook, do not write it")
    build.add_argument("--no-proof", action="store_true", help="leave out the two runs of the notebook, and the bank")
    build.add_argument("--no-solved", action="store_true", help="leave the run of the solved notebook to the tests")
    build.add_argument("--no-bank", action="store_true", help="leave the bank of known mistakes to the audit")
    build.add_argument("--jobs", type=int, metavar="N", default=CORES, help=JOBS)
    build.set_defaults(run=_build)

    demo = commands.add_parser(
        "demo",
        help="grade a made-up class of twelve with nbgrader, and compare the marks with the expected ones",
        description="Grades a class of made-up students in a scratch course directory, as an instructor would.",
    )
    demo.add_argument("name", nargs="?", default="01_activations", metavar="NN_name")
    demo.add_argument("--into", type=Path, metavar="FOLDER", help="the scratch course directory (default: build/demo)")
    demo.set_defaults(run=_demo)

    audit = commands.add_parser(
        "audit",
        help="run every known mistake, accepted variant and mutant through the tests",
        description="Shows whether the tests of a notebook catch every known mistake and let every right answer pass.",
    )
    audit.add_argument("names", nargs="*", metavar="NN_name", help="assignments to audit (all if none is named)")
    audit.add_argument("--no-mutants", action="store_true", help="leave out the mechanical mutants")
    audit.add_argument("--no-examiner", action="store_true", help="leave out the run through sandbox and examiner")
    audit.add_argument("--anew", action="store_true", help="run the variants even where the build has just run them")
    audit.add_argument("--jobs", type=int, metavar="N", default=CORES, help=JOBS)
    audit.set_defaults(run=_audit)

    class_options = argparse.ArgumentParser(add_help=False)
    class_options.add_argument("name", metavar="ASSIGNMENT")
    class_options.add_argument(
        "--jobs", type=int, metavar="N", default=CORES, help="submissions at a time (default: cores)"
    )
    class_options.add_argument(
        "--scheduler",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="give the work to the workers of a Dask scheduler; without an address, of that of Dask's configuration",
    )
    class_options.add_argument("--students", nargs="+", metavar="ID", default=[], help="these students only")
    class_options.add_argument(
        "--run",
        choices=("needed", "all"),
        default="needed",
        dest="cells",
        help="which cells run: those that marks depend on (default), or all, experiments and figures too",
    )
    grade = commands.add_parser(
        "grade",
        parents=[class_options],
        help="grade the submissions of an assignment that are new or changed, as many at once as there are cores",
        description="Gives the marks that nbgrader autograde gives, for the whole class side by side; with --run all "
        "its files too.",
    )
    grade.add_argument("--force", action="store_true", help="grade again what has not changed")
    grade.add_argument("--verbose", action="store_true", help="a line for each submission")
    grade.set_defaults(run=_grade)

    regrade = commands.add_parser(
        "regrade",
        parents=[class_options],
        help="grade a class again with mended tests, and say whose marks change and why",
        description="Grades again what is graded. Marks that a person gave stay. Say --dry-run to see the list first.",
    )
    regrade.add_argument("--dry-run", action="store_true", help="write the list of changes, and no mark")
    regrade.add_argument("--into", type=Path, metavar="FOLDER", help="where to write the list (default: reports/)")
    regrade.set_defaults(run=_regrade)

    feedback = commands.add_parser(
        "feedback",
        help="make the feedback pages of a graded assignment, as many at once as there are cores",
        description="Makes the pages that nbgrader generate_feedback --force makes, for the whole class side by side.",
    )
    feedback.add_argument("name", metavar="ASSIGNMENT")
    feedback.add_argument("--jobs", type=int, metavar="N", default=CORES, help="pages at a time (default: cores)")
    feedback.add_argument("--students", nargs="+", metavar="ID", default=[], help="these students only")
    feedback.add_argument(
        "--with-solution",
        action="store_true",
        help="show the solution beside the answer of an exercise that lost points: for after the deadline",
    )
    feedback.set_defaults(run=_feedback)

    report = commands.add_parser(
        "report",
        help="write the class report of a graded assignment: one web page, and a CSV beside it",
        description="Writes what the class understood and what it did not, from the gradebook and the grading records.",
    )
    report.add_argument("name", metavar="ASSIGNMENT")
    report.add_argument("--anonymous", action="store_true", help="leave out the names and ids of students")
    report.add_argument("--into", type=Path, metavar="FOLDER", help="where to write (default: reports/)")
    report.set_defaults(run=_report)

    give = commands.add_parser(
        "handout",
        help="make the folder and the zip that students get: notebooks, the package that they import, and a README",
        description="Packs released notebooks with what students need to start: no solution, no hidden test.",
    )
    give.add_argument("names", nargs="*", metavar="ASSIGNMENT", help="assignments to give out (all released ones)")
    give.add_argument("--into", type=Path, metavar="FOLDER", help="where to write (default: build/handout/)")
    give.set_defaults(run=_handout)

    collect = commands.add_parser(
        "collect",
        help="lay down what a campus system gives: archives of submissions, a folder for each student",
        description="Lays down the archives of Canvas, Moodle, Brightspace or nbgrader's exchange in submitted/.",
    )
    collect.add_argument("name", metavar="ASSIGNMENT")
    collect.add_argument("archives", nargs="+", type=Path, metavar="ARCHIVE", help="zip files or folders")
    collect.add_argument("--roster", type=Path, metavar="CSV", help="the list of students, as the system exports it")
    collect.add_argument(
        "--from",
        dest="system",
        choices=sorted(SYSTEMS),
        help="the system that the archives are from (found by their names if not given)",
    )
    collect.add_argument(
        "--timezone", metavar="NAME", help="of times that state none, as Europe/Berlin (default: that of this machine)"
    )
    collect.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
    collect.set_defaults(run=_collect)

    export = commands.add_parser(
        "export",
        help="write the marks as the import page of a campus system takes them",
        description="Writes a CSV with the marks, and for Moodle a zip with the feedback pages.",
    )
    export.add_argument(
        "names", nargs="*", metavar="ASSIGNMENT", help="assignments (all that are graded if none is named)"
    )
    takers = sorted(name for name, system in SYSTEMS.items() if system.marks)
    export.add_argument("--to", dest="target", required=True, choices=[*takers, "csv"])
    export.add_argument("--roster", type=Path, metavar="CSV", help="the list of students, as the system exports it")
    export.add_argument("--into", type=Path, metavar="FILE", help="where to write (default: in reports/)")
    export.add_argument(
        "--column", metavar="TEXT", help="the name in the system, where it is not that of the assignment"
    )
    export.add_argument(
        "--partial", action="store_true", help="write the points so far where a person has yet to mark an answer"
    )
    export.set_defaults(run=_export)

    gradescope = commands.add_parser(
        "gradescope",
        help="write the zip with which Gradescope grades an assignment",
        description="Writes the zip that Gradescope takes under Configure Autograder: docs/gradescope.md.",
    )
    gradescope.add_argument("name", metavar="ASSIGNMENT")
    gradescope.add_argument(
        "--into", type=Path, metavar="FILE", help="where to write it (default: build/gradescope/ASSIGNMENT.zip)"
    )
    gradescope.add_argument(
        "--visibility",
        choices=("visible", "after_due_date", "after_published"),
        default="visible",
        help="when students see marks and hints (default: at once)",
    )
    gradescope.set_defaults(run=_gradescope)

    trial = commands.add_parser(
        "try",
        help="grade an assignment's own solution before any student, and say what must be graded in process",
        description="Grades the author's solution of a released assignment of any course, as submissions will be.",
    )
    trial.add_argument("name", metavar="ASSIGNMENT")
    trial.set_defaults(run=_try)

    doctor = commands.add_parser(
        "doctor",
        help="say what isolation this machine gives to submissions, and why",
        description="Starts a hostile child in the sandbox and reports what it could and could not do.",
    )
    doctor.set_defaults(run=_doctor)
    return parser


def _side_by_side(work: Callable[[str], T], names: Sequence[str], jobs: int) -> Iterator[T]:
    """The result for each assignment as soon as it is there, up to `jobs` of them at a time in processes of their own.

    Begins with the last ones, which hold more and take longer.
    """
    if min(jobs, len(names)) <= 1:
        yield from map(work, names)
        return
    with ProcessPoolExecutor(min(jobs, len(names)), multiprocessing.get_context("fork")) as pool:
        for done in as_completed([pool.submit(work, name) for name in reversed(names)]):
            yield done.result()


def _say(line: str) -> None:
    """At once, as lines of several processes come together."""
    print(line, flush=True)


def _build(arguments: argparse.Namespace) -> int:
    course = Course.find()
    names = course.select(arguments.names)
    from .release.build import build, build_given

    parts: dict[str, Any] = {
        "check": arguments.check,
        "prove": not arguments.no_proof,
        "with_solved": not arguments.no_solved,
        "with_bank": not arguments.no_bank,
    }
    work = partial(build, course, progress=_say, **parts)
    problems: list[tuple[str, str]] = []
    given = build_given(course, check=arguments.check)  # first, as the notebooks run with it
    for report in chain([given], _side_by_side(work, names, arguments.jobs)):
        name = report.name
        for path in report.written:
            print(f"{name}: wrote {path.relative_to(course.root)}")
        if report.problems:
            problems += [(name, problem) for problem in report.problems]
            print(f"{name}: not built as it should be; what is wrong stands at the end")
        if report.ok and report.size is not None:
            length = f"{report.size.cells} cells, {report.size.words} words, {report.size.exercises} exercises"
            proof = (
                "not run" if arguments.no_proof else "proved but for its solution" if arguments.no_solved else "proved"
            )
            print(f"{name}: {proof}; {length}; {report.seconds:.1f} s")
    if again := [name for name in given.again if name not in names]:
        print(f"a function that other notebooks import has changed: autograder build {' '.join(again)}")
    of_notebooks = {problem for name, problem in problems if name != given.name}
    for name, problem in problems:  # below the lines of what went well, where one looks
        if name != given.name or problem not in of_notebooks:
            print(f"{name}: {problem}", file=sys.stderr)
    return int(bool(problems))


def _demo(arguments: argparse.Namespace) -> int:
    course = Course.find()
    (name,) = course.select([arguments.name])
    from .sample.demo import run_demo

    return run_demo(course, name, arguments.into or course.root / "build" / "demo")


def _audit(arguments: argparse.Namespace) -> int:
    course = Course.find()
    names = course.select(arguments.names)
    from .audit.audit import audit
    from .audit.show import show_audit, show_result

    parts: dict[str, Any] = {"with_mutants": not arguments.no_mutants, "with_examiner": not arguments.no_examiner}
    if len(names) == 1:
        return show_audit(course, names[0], anew=arguments.anew, **parts)
    jobs = max(1, arguments.jobs // len(names))
    work = partial(audit, course, anew=arguments.anew, jobs=jobs, **parts)
    return max(show_result(result, **parts) for result in _side_by_side(work, names, arguments.jobs))


def _start_workers() -> None:
    """The process from which workers are forked imports what they share while this one does."""
    from multiprocessing import forkserver  # not on Windows

    multiprocessing.get_context("forkserver").set_forkserver_preload([WORKER])
    forkserver.ensure_running()


def _workers(arguments: argparse.Namespace, *, at_once: bool) -> Any:
    """Who does the work, as `ClassRun` asks for them. at_once: whether it is known already that there is some."""
    if arguments.scheduler is not None:
        from .grade.cluster import cluster_workers  # Dask is optional

        return lambda isolated: cluster_workers(arguments.scheduler, isolated=isolated)
    if at_once:
        _start_workers()
    from .grade.workers import local_workers

    return lambda isolated: local_workers(max(1, arguments.jobs))


def _is_new(course: Course, assignment: str, wanted: Sequence[str]) -> bool:
    """Whether, at a glance and where things lie as usual, something was handed in that is not graded at all."""
    submitted, graded = course.root / "submitted", course.root / "autograded"
    with suppress(OSError):
        students = wanted or [path.name for path in submitted.iterdir()]
        return any((submitted / s / assignment).is_dir() and not (graded / s / assignment).exists() for s in students)
    return False


def _grade(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    workers = _workers(arguments, at_once=arguments.force or _is_new(course, arguments.name, arguments.students))
    from .grade.progress import grade_class

    options = {name: getattr(arguments, name) for name in ("cells", "force", "verbose")}
    return grade_class(course, arguments.name, arguments.students, workers, **options)


def _regrade(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    workers = _workers(arguments, at_once=True)
    from .grade.progress import regrade_class

    into = (arguments.into or course.root / "reports").absolute()
    options = {"cells": arguments.cells, "dry_run": arguments.dry_run}
    return regrade_class(course, arguments.name, arguments.students, workers, into, **options)


def _feedback(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    from .grade.progress import make_feedback
    from .grade.workers import local_workers

    workers = partial(local_workers, max(1, arguments.jobs))
    options = {"with_solution": arguments.with_solution}
    return make_feedback(course, arguments.name, arguments.students, workers, **options)


def _report(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    from .report.write import write_report

    into = (arguments.into or course.root / "reports").absolute()
    os.chdir(course.root)  # as for nbgrader, whose settings may count from there
    for path in write_report(course, arguments.name, into, anonymous=arguments.anonymous):
        print(f"wrote {path}")
    return 0


def _handout(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    from .release.handout import handout

    into = arguments.into and arguments.into.absolute()
    os.chdir(course.root)  # as for nbgrader, whose settings may count from there
    folder, packed = handout(course, arguments.names, into)
    print(f"wrote {packed}: give it to students; {folder / 'README.md'} says how they begin")
    return 0


def _collect(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    from .campus.collect import Collection, say, zone
    from .campus.roster import read_roster
    from .grade.run import alone

    roster = read_roster(arguments.roster) if arguments.roster else None
    archives = [path.absolute() for path in arguments.archives]
    os.chdir(course.root)  # as for nbgrader, whose settings may count from there
    with nullcontext() if arguments.dry_run else alone(course):
        collection = Collection(course, arguments.name, roster, arguments.system, zone(arguments.timezone))
        found = collection.collect(archives, dry_run=arguments.dry_run, progress=sys.stdout.isatty())
    return say(collection, found, dry_run=arguments.dry_run)


def _export(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    from .campus.export import export
    from .campus.roster import read_roster

    roster = read_roster(arguments.roster) if arguments.roster else None
    into = arguments.into and arguments.into.absolute()
    os.chdir(course.root)  # as for nbgrader, whose settings may count from there
    options = {"title": arguments.column, "partial": arguments.partial}
    found = export(course, arguments.names, arguments.target, roster, into, **options)
    for path in found.written:
        print(f"wrote {path}")
    for text in found.findings:
        print(text)
    return 0


def _gradescope(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    into = (arguments.into or course.root / "build" / "gradescope" / f"{arguments.name}.zip").absolute()
    _start_workers()
    from .release.gradescope import write_zip

    path = write_zip(course, arguments.name, into, visibility=arguments.visibility)
    print(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB); on Gradescope: Configure Autograder, Zip file upload")
    return 0


def _try(arguments: argparse.Namespace) -> int:
    course = Course.find(sources=False)
    from .grade.tryout import try_assignment

    ok = True
    for tried in try_assignment(course, arguments.name):
        ok = ok and tried.ok
        print(tried.describe())
    return 0 if ok else 1


def _doctor(arguments: argparse.Namespace) -> int:
    from .sandbox import doctor

    found = doctor.report()
    print(found.describe())
    return 0 if found.ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
