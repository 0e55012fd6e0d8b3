"""How the site is made, as far as no browser is needed: what a page may show, and what the build leaves alone."""

import json
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

sys.path.insert(0, str(Path(__file__).parent.parent / "website"))

import elsewhere
import lite
import make_site
import pages

ROOT = Path(__file__).parent.parent
SOLUTION = "def half(x):\n    return x / 2  # the whole of it"


@pytest.fixture
def released() -> nbformat.NotebookNode:
    flags = {"grade_id": "half", "solution": True, "grade": False, "locked": False, "schema_version": 3}
    stub = new_code_cell("def half(x):\n    raise NotImplementedError()", metadata={"nbgrader": flags})
    test = new_code_cell("print(half(2))", metadata={"nbgrader": {**flags, "grade_id": "test-half", "grade": True,
                                                                 "solution": False, "points": 1}})  # fmt: skip
    return new_notebook(cells=[stub, test, new_code_cell("print('drawn', half(4))")])


@pytest.mark.slow
def test_a_page_shows_the_stub_and_what_a_finished_notebook_draws(released: nbformat.NotebookNode) -> None:
    stub, test, drawn = pages.with_outputs(released, {"half": SOLUTION}).cells
    assert "NotImplementedError" in stub.source
    assert (stub.outputs, test.outputs) == ([], [])
    assert [output.text for output in drawn.outputs] == ["drawn 2.0\n"]


def test_a_line_of_a_solution_in_a_page_is_found(released: nbformat.NotebookNode) -> None:
    line = "return x / 2 # the whole of it"
    shown = "<pre><span>return</span> x <span>/</span> 2  <span># the whole of it</span></pre>"
    assert pages.leaks(released, {"half": SOLUTION}, shown) == [line]
    assert pages.leaks(released, {"half": SOLUTION}, "<p>def half(x):</p>") == []
    released.cells[1].source += f"\n    {line}, and more".replace("# ", "#\n")
    assert pages.leaks(released, {"half": SOLUTION}, shown) == [], "what is handed out is no secret"


def test_an_answer_is_folded_and_what_only_a_kernel_shows_is_left_out() -> None:
    answer = new_output("display_data", {"text/html": "<p>rises</p>", "text/plain": "Answer: rises."})
    assert "<details>" in pages._still(answer)["data"]["text/html"]
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": ""}
    assert pages._still(new_output("display_data", view)) is None
    still = pages._still(new_output("display_data", {**view, "text/html": "<img>"}))
    assert still["data"] == {"text/html": "<img>"}


def test_a_folder_that_is_no_site_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(lite.SiteError, match="is not empty and no site"):
        make_site.build(make_site.Course(ROOT), ["01_activations"], tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_without_pyodide_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "jupyter").touch()
    monkeypatch.setattr(make_site, "TOOLS", tools)
    with pytest.raises(lite.SiteError, match=r"holds no pyodide\.js"):
        make_site.build(make_site.Course(ROOT), ["01_activations"], tmp_path / "site", tmp_path)


def test_the_wheels_of_the_browser_are_pinned_with_hashes() -> None:
    for name, file in lite.WHEELS.items():
        assert "--hash=sha256:" in lite.pinned((ROOT / file).read_text(), name)
    with pytest.raises(lite.SiteError, match="run `make lock`"):
        lite.pinned("numpy==2.0\n", "seaborn")


def test_every_page_of_the_docs_has_one_place_in_the_site() -> None:
    named = [page for _, group in make_site.NAV for page in group]
    assert len(set(named)) == len(named)
    there = [page for page in named if (ROOT / "docs" / page).is_file() or (ROOT / "website" / page).is_file()]
    assert {*named} - {*there} == {*make_site.MADE}


def test_the_tutorials_are_what_students_and_instructors_have_at_hand(tmp_path: Path) -> None:
    course = make_site.Course(ROOT)
    pages_folder = tmp_path / "pages"
    pages_folder.mkdir()
    make_site._write_tutorials(course, ["01_activations"], pages_folder)
    student, instructor = ((pages_folder / name).read_text(encoding="utf-8") for name in make_site.MADE)
    assert "[neural_networks.zip](neural_networks.zip)" in student
    with zipfile.ZipFile(pages_folder / "neural_networks.zip") as archive:
        readme = archive.read("neural_networks/README.md").decode()
    assert student.endswith(readme.partition("\n")[2])
    assert ".venv/bin/jupyter lab 01_activations/01_activations.ipynb" in student
    for text in (student, instructor):
        assert text.startswith("# Tutorial: ")
    example = (ROOT / "examples/minimal_course/README.md").read_text(encoding="utf-8")
    assert instructor.splitlines()[1:] == example.splitlines()[1:]


def test_pyodide_comes_from_its_usual_place_unless_the_site_brings_one() -> None:
    """Published, it is the one thing from outside."""
    published, own = (json.dumps(lite._settings(["nbcore.whl"], own)) for own in (False, True))
    assert "pyodideUrl" not in published
    assert "http" not in published
    assert '"pyodideUrl": "./static/pyodide/pyodide.js"' in own


def test_links_to_other_servers_need_an_address_of_github(tmp_path: Path) -> None:
    def text(urls: str) -> str:
        (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "x"\n{urls}')
        return elsewhere.elsewhere(tmp_path, "01_activations")

    assert text("") == ""
    for other in ("https://example.org/a/b", "https://github.com/a/b](x)/c"):
        assert text(f'[project.urls]\nRepository = "{other}"\n') == ""
    found = text('[project.urls]\nRepository = "https://github.com/ada/course.git"\n')
    file = "notebooks/01_activations/01_activations.ipynb"
    assert f"/gh/ada/course/HEAD?labpath={file.replace('/', '%2F')})" in found
    assert f"/github/ada/course/blob/main/{file})" in found
    assert (ROOT / file).is_file()
    assert (ROOT / "environment.yml").is_file()  # by which Binder makes its image
