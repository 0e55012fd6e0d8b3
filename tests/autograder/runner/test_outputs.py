"""Cells give the outputs that a notebook's kernel would give, in the form of nbformat 4."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.examiner.session import Session
from autograder.limits import Limits
from autograder.sandbox import Template, best_isolation
from autograder.wire import Channel, WireLimits

LIMITS = Limits(cell=1.5, grace=0.5, wall=60.0)


@pytest.fixture(scope="module", params=["best", "none"])
def template(request: pytest.FixtureRequest) -> Iterator[Template]:
    isolation = best_isolation()[0] if request.param == "best" else "none"
    with Template("autograder.runner.serve:main", isolation=isolation, preload=["autograder.runner.serve"]) as running:
        yield running


@pytest.fixture
def session(template: Template, tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "data.txt").write_text("beside\n")
    (tmp_path / "helper.py").write_text("value = 7\n")
    child = template.fork({}, LIMITS, submission=str(tmp_path), skip=("*.ipynb",))
    made = Session(Channel(child.wire, WireLimits().frame_bytes), child, LIMITS)
    yield made
    made.close()
    child.close()
    child.wait(5.0)


def run(session: Session, source: str) -> list[dict[str, Any]]:
    outputs = session.run_cell(source).outputs
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=nbformat.from_dict(outputs))])
    nbformat.validate(notebook)
    return outputs


def text(outputs: list[dict[str, Any]], name: str = "stdout") -> str:
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream" and o["name"] == name)


def result(outputs: list[dict[str, Any]]) -> str | None:
    return next((o["data"]["text/plain"] for o in outputs if o["output_type"] == "execute_result"), None)


TEXTS = [
    ("print('a'); print('b')", "a\nb\n"),
    ("import os\nprint('a')\nos.write(1, b'b\\n')\nprint('c')", "a\nb\nc\n"),
    ("!echo shell", "shell\r\n"),
    ("%%bash\necho cell", "cell\n"),
    ("import sys\nsys.stdout.buffer.write(b'bytes\\n');", "bytes\n"),
    ("print(open('data.txt').read(), end='')", "beside\n"),
    ("import helper\nprint(helper.value)", "7\n"),
    ("print(__name__, __spec__, __package__)", "__main__ None None\n"),
    ("open('made.txt', 'w').write('x');\nprint(open('made.txt').read())", "x\n"),
    ("import asyncio\nawait asyncio.sleep(0)\nprint('awaited')", "awaited\n"),
    ("%%time\nprint('timed')", "timed\n"),
]


@pytest.mark.parametrize(("source", "expected"), TEXTS)
def test_text(session: Session, source: str, expected: str) -> None:
    assert text(run(session, source)).startswith(expected)


def test_results_and_streams(session: Session) -> None:
    assert result(run(session, "1 + 1")) == "2"
    assert result(run(session, "1 + 1;")) is None
    outputs = run(session, "import sys\nprint('out')\nprint('err', file=sys.stderr)\n3")
    assert [o["output_type"] for o in outputs] == ["stream", "stream", "execute_result"]
    assert text(outputs, "stderr") == "err\n"
    assert session.run_cell("x = 1").execution_count == 4


def test_errors(session: Session) -> None:
    outcome = session.run_cell("def f():\n    return 1 / 0\nf()")
    assert outcome.error == ("ZeroDivisionError", "division by zero")
    assert outcome.outputs[-1]["ename"] == "ZeroDivisionError"
    assert any("1" in line for line in outcome.outputs[-1]["traceback"])
    assert session.run_cell("def (").error is not None
    assert session.run_cell("input('name?')").error[0] == "StdinNotImplementedError"  # type: ignore[index]
    assert session.run_cell("import sys\nsys.exit(1)").error[0] == "SystemExit"  # type: ignore[index]
    assert session.run_cell("raise KeyboardInterrupt").error[0] == "KeyboardInterrupt"  # type: ignore[index]
    assert result(run(session, "'alive'")) == "'alive'"


def test_figures(session: Session) -> None:
    source = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);\nplt.figure(); plt.plot([2, 1]);"
    figures = [o for o in run(session, source) if "image/png" in o.get("data", {})]
    assert len(figures) == 2
    shown = run(session, "plt.plot([1, 2])\nplt.show()\nprint('after')")
    assert [o["output_type"] for o in shown] == ["display_data", "stream"]


def test_rich_displays(session: Session) -> None:
    source = "from IPython.display import HTML, JSON, Markdown, display\ndisplay(HTML('<b>x</b>'), JSON({'a': [1]}))\nMarkdown('*m*')"
    html, json_, markdown = run(session, source)
    assert html["data"]["text/html"] == "<b>x</b>"
    assert json_["data"]["application/json"] == {"a": [1]}
    assert markdown["data"]["text/markdown"] == "*m*"


def test_display_ids_and_clearing(session: Session) -> None:
    outputs = run(session, "h = display('one', display_id=True)\nh.update('two')")
    assert [o["data"]["text/plain"] for o in outputs] == ["'two'"]
    outputs = run(session, "from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)")
    assert text(outputs) == "2\n"
    outputs = run(session, "print(1)\nclear_output(wait=True)\nprint(2)")
    assert text(outputs) == "2\n"


def test_widgets_without_a_front_end(session: Session) -> None:
    source = "import ipywidgets as w\ns = w.IntSlider(3)\nw.interact(lambda x: print('x is', x), x=s)\ns.value = 5\ns"
    outcome = session.run_cell(source)
    assert outcome.error is None
    assert result(run(session, "s.value")) == "5"


def test_a_cell_that_takes_too_long_is_interrupted_and_the_next_one_runs(session: Session) -> None:
    outcome = session.run_cell("print('before')\nwhile True: pass")
    assert text(outcome.outputs) == "before\n"
    assert outcome.error is not None
    assert outcome.error[0] == "CellTimeoutError"
    assert result(run(session, "1 + 1")) == "2"


def test_what_came_before_a_death_is_kept(session: Session) -> None:
    outcome = session.run_cell("print('kept')\nimport os\nos._exit(1)")
    assert text(outcome.outputs) == "kept\n"
    assert outcome.error is not None
    assert session.run_cell("1").error is not None
