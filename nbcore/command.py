"""The `nbcore` command of students."""

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from . import UPDATE, __version__
from .update import Report, UpdateError, update

MARK = "Please"  # so begins each note that an update puts into a notebook


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand; returns the exit status: 0 all is well, 1 something was refused, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):  # a pipe of Windows may have no letter for what a notebook says
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = _parser().parse_args(argv)
    try:
        return _update(arguments)
    except UpdateError as error:
        print(f"nbcore: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("nbcore: interrupted. Each notebook is either as it was or updated", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nbcore", description="What a student needs beside the notebooks.")
    parser.add_argument("--version", action="version", version=f"nbcore {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "update",
        help="take a newer release of the notebooks, and keep your work",
        description="Takes a newer release of the notebooks and keeps your work. Your file as it was stays beside it.",
    )
    command.add_argument(
        "release", type=_path, metavar="NEW", help="the new release: a notebook, a folder or a zip file"
    )
    command.add_argument("mine", type=_path, nargs="?", metavar="MINE.ipynb", help="your notebook, if NEW is one")
    command.add_argument(
        "--into", type=_path, metavar="FOLDER", help="the folder of your notebooks (default: this one)"
    )
    return parser


def _path(text: str) -> Path:
    """PowerShell gives `~` to a program as it stands."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # the home of somebody who is not known here
        return Path(text)


def _update(arguments: argparse.Namespace) -> int:
    report = update(arguments.release, arguments.mine, arguments.into)
    for line in summary(report):
        print(line)
    for name, why in report.refused.items():
        print(f"nbcore: {name} was left as it was: {why}", file=sys.stderr)
    return 1 if report.refused else 0


def summary(report: Report) -> list[str]:
    """What an update did, in at most six lines."""
    done = report.merged
    if not (done or report.added or report.data):
        return [f"Up to date: {_listed(report.same)}."] if report.same else []
    kept = sum(len(one.kept) for one in done.values())
    own = sum(one.own for one in done.values())
    new = [name for one in done.values() for name in one.new]
    conflicts = [f"{name}: {cell}" for name, one in done.items() for cell in one.conflicts]
    same = f"; up to date: {_listed(report.same)}" if report.same else ""
    lines = [
        f"Updated: {_listed([*done]) or 'no notebook'}{same}.",
        f"Yours: {_count(kept, 'cell')} with your work, and {_count(own, 'cell')} that you added.",
        f"New: {_count(len(new), 'cell')}{f' ({_listed(new, 4)})' if new else ''}"
        + (f"; notebooks: {_listed(report.added)}" if report.added else "")
        + (f"; {_count(len(report.data), 'other file')}" if report.data else "")
        + ".",
        f'To compare: {_listed(conflicts, 6)}. Look for "{MARK}" in the notebook.' if conflicts else "No conflicts.",
    ]
    if report.brings_nbcore:
        lines.append(f"To install the nbcore that came with it: {UPDATE}")
    if report.copies:
        names = _listed([path.name for path in report.copies], 3)
        lines.append(f"As it was before: {names}, beside the new file. Open the notebook anew to see what is new.")
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
