"""Makes the web site of the course: `make site`, or

    python website/make_site.py [--out build/site] [--pyodide FOLDER] [NOTEBOOK ...]

It needs the environment .venv-site beside .venv; `make site` makes both. The site is a folder of files for any web
server. With --pyodide it brings Pyodide along, from this folder; else JupyterLite takes it from its usual place.
"""

import argparse
import json
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

import nbformat
from elsewhere import elsewhere
from lite import ROOT, TOOLS, SiteError, build_lite
from pages import NOTE, LeakError, headings, link_to, notebook_page, title_of

from autograder.course.paths import Course, CourseError
from autograder.release.handout import handout

HERE = Path(__file__).parent
MARK = "lite/jupyter-lite.json"  # by which a folder is known as a site
OPEN = "Open in the browser"
NAV = (
    ("For students", ("tutorial_student.md", "students.md", "site.md", "commands.md")),
    (
        "For instructors",
        ("tutorial_instructor.md", "instructors.md", "gradescope.md", "jupyterhub.md", "security.md", "saved_by.md"),
    ),
    ("For authors", ("tutorial_author.md", "authors.md", "check.md", "coverage.md", "architecture.md")),
)
MADE = ("tutorial_student.md", "tutorial_instructor.md")  # of what stands elsewhere in the project
DOWNLOAD = """# Tutorial: the course on your own computer

Download [{name}]({name}), and unpack it. This is the `README.md` in its folder.
"""
# How docstrings are shown on the page of `nbcore.check`. They are read, not run.
REFERENCE = {
    "members_order": "alphabetical",
    "filters": ["!^_", "!^HINT_MIME$", "!^CheckFailed$"],
    "docstring_style": None,
    "heading_level": 2,
    "show_source": False,
    "show_root_heading": False,
    "show_root_toc_entry": False,
    "separate_signature": True,
    "show_signature_annotations": True,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="where to (default: build/site)")
    parser.add_argument("--pyodide", type=Path, help="a folder with a full Pyodide, to be part of the site")
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="names such as 01_activations (default: all)")
    arguments = parser.parse_args()
    try:
        names = Course(ROOT).select(arguments.notebooks)
        build(Course(ROOT), names, arguments.out.resolve(), arguments.pyodide and arguments.pyodide.resolve())
    except (CourseError, SiteError, LeakError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The site is in {arguments.out}. To look at it: python -m http.server -d {arguments.out}")
    return 0


def build(course: Course, names: list[str], out: Path, pyodide: Path | None) -> None:
    """Makes the site in a folder beside `out`, and exchanges the two at the end."""
    if out.exists() and any(out.iterdir()) and not (out / MARK).is_file():
        raise SiteError(f"{out} is not empty and no site of the course: say another folder with --out")
    if not (TOOLS / "jupyter").is_file():
        raise SiteError("the environment .venv-site is missing: run `make site`")
    if pyodide is not None and not (pyodide / "pyodide.js").is_file():
        raise SiteError(f"{pyodide} holds no pyodide.js")
    out.parent.mkdir(parents=True, exist_ok=True)
    new, work = out.with_name(out.name + ".new"), out.with_name(out.name + ".work")
    for folder in (new, work):
        shutil.rmtree(folder, ignore_errors=True)
    _write_pages(course, names, work / "pages")
    print("The site around them", flush=True)
    _mkdocs(names, work / "pages", new)
    print("JupyterLite", flush=True)
    build_lite(course, names, new / "lite", work / "lite", pyodide)
    shutil.rmtree(out, ignore_errors=True)
    new.rename(out)
    shutil.rmtree(work)


def _write_pages(course: Course, names: list[str], pages: Path) -> None:
    """Writes what MkDocs reads: the docs as they are, the front page, and a page for each notebook."""
    shutil.copytree(course.root / "docs", pages)
    shutil.copy(HERE / "site.css", pages)
    shutil.copy(HERE / "check.md", pages)
    (pages / "notebooks").mkdir()
    rows = ["| to read | to work on |", "|---|---|"]
    for name in names:
        print(f"The page of {name}", flush=True)
        more = elsewhere(course.root, name)
        title = title_of(nbformat.read(course.release_notebook(name), as_version=4))
        text = f"---\ntitle: {json.dumps(title)}\n---\n\n{_button('../' + link_to(name), title)}\n\n{NOTE}\n\n{more}"
        (pages / "notebooks" / f"{name}.md").write_text(text, encoding="utf-8")
        inside = notebook_page(course, name)
        found = {"html": inside, "headings": headings(inside)}
        (pages / "notebooks" / f"{name}.inside").write_text(json.dumps(found), encoding="utf-8")
        rows.append(f"| [{title}](notebooks/{name}.md) | {_button(link_to(name), title)} |")
    _write_tutorials(course, names, pages)
    front = (HERE / "front.md").read_text(encoding="utf-8").replace("NOTEBOOKS", "\n".join(rows))
    (pages / "index.md").write_text(front, encoding="utf-8")


def _write_tutorials(course: Course, names: list[str], pages: Path) -> None:
    """What students get, as a file to download with its README as a page, and the example for instructors."""
    folder, packed = handout(course, names, pages.with_name("handout"))
    shutil.copy(packed, pages)
    _, _, steps = (folder / "README.md").read_text(encoding="utf-8").partition("\n")  # without its title
    (pages / MADE[0]).write_text(DOWNLOAD.format(name=packed.name) + steps, encoding="utf-8")
    example = (course.root / "examples" / "minimal_course" / "README.md").read_text(encoding="utf-8")
    (pages / MADE[1]).write_text(example.replace("# A course", "# Tutorial: a course", 1), encoding="utf-8")


def _button(address: str, title: str) -> str:
    """A link to a notebook in JupyterLite, as HTML: MkDocs knows no such page."""
    label = f"{OPEN}: {escape(title)}"
    return f'<a class="md-button" href="{address}" aria-label="{label}">{OPEN}</a>'


def _mkdocs(names: list[str], pages: Path, out: Path) -> None:
    """Runs MkDocs over the pages."""
    named = {page for _, group in NAV for page in group}
    more = sorted(path.name for path in pages.glob("*.md") if path.name not in named | {"index.md"})
    groups = [*NAV, ("More", more)] if more else NAV
    notebooks = [f"notebooks/{name}.md" for name in names]
    settings = {
        "INHERIT": str(HERE / "mkdocs.yml"),
        "docs_dir": str(pages),
        "site_dir": str(out),
        "hooks": [str(HERE / "insert.py")],
        "plugins": ["search", {"mkdocstrings": {"handlers": {"python": {"paths": [str(ROOT)], "options": REFERENCE}}}}],
        "nav": [{"Start": "index.md"}, {"Notebooks": notebooks}, *({name: [*group]} for name, group in groups)],
    }
    config = pages.with_name("mkdocs.yml")
    config.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    command = [str(TOOLS / "mkdocs"), "build", "--strict", "--quiet", "--config-file", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SiteError(f"MkDocs ended with status {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")


if __name__ == "__main__":
    raise SystemExit(main())
