"""Cells give the outputs that a notebook's kernel would give, in the form of nbformat 4."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.examiner.session import Session
from autograder.limits import Limits, Stop
from autograder.sandbox import Template, best_isolation
from autograder.wire import Channel, WireLimits

LIMITS = Limits(cell=1.5, grace=3.0, wall=60.0)  # a busy machine needs a while to show an interrupt


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


def test_a_cell_that_swallows_an_interrupt_is_interrupted_again(session: Session) -> None:
    source = "for _ in range(2):\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass"
    assert session.run_cell(f"before = 1\n{source}").stop == Stop("cell", LIMITS.cell)
    assert result(run(session, "before")) == "1"


AGAIN = """
import signal
shows = get_ipython().InteractiveTB
def interrupted(*args, show=shows.structured_traceback, **kwargs):
    signal.raise_signal(signal.SIGINT)
    return show(*args, **kwargs)
shows.structured_traceback = interrupted
"""


def test_an_interrupt_that_is_said_again_does_not_disturb_the_error_of_the_first(session: Session) -> None:
    run(session, AGAIN)
    outputs = run(session, "print('before')\nraise KeyboardInterrupt")
    assert [text(outputs), text(outputs, "stderr"), outputs[-1]["ename"]] == ["before\n", "", "KeyboardInterrupt"]
    assert result(run(session, "1 + 1")) == "2"


def test_an_interrupt_that_comes_too_late_is_not_the_next_cell_s(session: Session) -> None:
    for n in range(3):
        assert result(run(session, f"{n}")) == str(n)
        session._control.interrupt()
    assert result(run(session, "'end'")) == "'end'"


CUT = "output limit reached"


def test_a_long_log_is_cut_off_and_the_cell_runs_on(session: Session) -> None:
    source = (
        "for step in range(90000): print('step', step, 'of 90000: loss', 1 / (1 + step))\n"
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);plt.show()\n'the end'"
    )
    outcome = session.run_cell(source, 30.0)
    assert (outcome.error, outcome.stop) == (None, None)
    assert "step 9 of 90000: loss 0.1" in text(outcome.outputs)
    assert len(text(outcome.outputs)) <= LIMITS.cell_output
    assert CUT in text(outcome.outputs, "stderr")
    assert [CUT in reason for reason in outcome.dropped] == [True]
    assert result(outcome.outputs) == "'the end'"
    assert any("image/png" in output.get("data", {}) for output in outcome.outputs)
    assert text(run(session, "print('next')")) == "next\n"


def test_many_displayed_values_are_cut_off_and_the_result_is_kept(session: Session) -> None:
    outcome = session.run_cell("for n in range(3000): display(n)\n7", 30.0)
    assert outcome.error is None
    assert len(outcome.outputs) <= LIMITS.outputs_per_cell + 2
    assert CUT in text(outcome.outputs, "stderr")
    assert result(outcome.outputs) == "7"


def test_an_animation_is_worth_its_last_picture(session: Session) -> None:
    source = (
        "from IPython.display import clear_output\nfor n in range(50):\n    clear_output(wait=True)\n"
        "    print('x' * 100_000, n)\nh = display('a', display_id=True)\nfor n in range(50): h.update('y' * 100_000)"
    )
    outcome = session.run_cell(source, 30.0)
    assert not outcome.dropped
    assert "x 49\n" in text(outcome.outputs)


def test_output_too_large_for_a_message_is_cut_off_as_well(session: Session) -> None:
    outcome = session.run_cell("print('x' * (70 << 20))\ndisplay({'text/plain': 'x' * (70 << 20)}, raw=True)\n1", 30.0)
    assert outcome.error is None
    assert CUT in text(outcome.outputs, "stderr")
    assert result(outcome.outputs) == "1"


def test_a_flood_on_purpose_is_ended_by_time_and_the_next_cell_runs(session: Session) -> None:
    for source in ("while True: print('x' * 100_000)", "while True: display(1)", "while True: 1 if display() else 0"):
        outcome = session.run_cell(source)
        assert outcome.stop == Stop("cell", LIMITS.cell)
        assert outcome.error is not None
        assert outcome.error[0] == "CellTimeoutError"
        assert sum(len(str(output)) for output in outcome.outputs) <= LIMITS.cell_output
    assert text(run(session, "print('next')")) == "next\n"


def test_what_is_printed_takes_no_memory(session: Session) -> None:
    source = "import resource\nfor _ in range(4000): print('x' * 100_000)\nresource.getrusage(0).ru_maxrss < 300_000"
    assert result(session.run_cell(source, 30.0).outputs) == "True"


def test_threads_that_print_lose_nothing(session: Session) -> None:
    source = (
        "import threading\n"
        "def work(name):\n    for n in range(500): print(f'<{name} {n}>')\n"
        "threads = [threading.Thread(target=work, args=(name,)) for name in 'abcd']\n"
        "for thread in threads: thread.start()\nwork('main')\nfor thread in threads: thread.join()"
    )
    for _ in range(3):
        said = text(run(session, source))
        assert all(f"<{name} {n}>" in said for name in ("a", "b", "c", "d", "main") for n in range(500))


def test_a_thread_that_prints_on_and_on_ends_nothing(session: Session) -> None:
    run(
        session,
        "import threading, time\ndef work():\n    while not done: print('w'); time.sleep(0.0005)\n"
        "done = False\nthreading.Thread(target=work, daemon=True).start()",
    )
    for n in range(100):
        assert result(run(session, f"{n}")) == str(n)
    assert session.run_cell("done = True").error is None


def test_a_signal_handler_may_print_in_the_middle_of_a_print(session: Session) -> None:
    source = (
        "import signal\nseen = 0\ndef ring(*_):\n    global seen\n    seen += 1\n    print('<ring>')\n"
        "signal.signal(signal.SIGALRM, ring)\nsignal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
        "for n in range(3000): print(f'<{n}>')\nsignal.setitimer(signal.ITIMER_REAL, 0)\nseen"
    )
    outputs = run(session, source)
    assert all(f"<{n}>" in text(outputs) for n in range(3000))
    assert str(text(outputs).count("<ring>")) == result(outputs)


def test_what_came_before_a_death_is_kept(session: Session) -> None:
    outcome = session.run_cell("print('kept')\nimport os\nos._exit(1)")
    assert text(outcome.outputs) == "kept\n"
    assert outcome.error is not None
    assert session.run_cell("1").error is not None
