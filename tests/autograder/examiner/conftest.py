"""A template shared by the tests of this folder, and notebooks in processes of their own."""

from collections.abc import Callable, Iterator

import pytest

from autograder.examiner.session import Session
from autograder.limits import Limits
from autograder.sandbox import Template, best_isolation
from autograder.wire import Channel, WireLimits

LIMITS = Limits(cell=5.0, call=2.0, grace=0.5, wall=60.0)


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    isolation, _ = best_isolation()
    with Template(
        "autograder.runner.serve:main", isolation=isolation, preload=["autograder.runner.serve"], packages=("nbcore",)
    ) as running:
        yield running


@pytest.fixture
def notebook(template: Template) -> Iterator[Callable[[str], Session]]:
    """A function that runs a cell in a fresh process and gives the session."""
    open_: list[tuple[Session, object]] = []

    def start(source: str) -> Session:
        child = template.fork({}, LIMITS)
        session = Session(Channel(child.wire, WireLimits().frame_bytes), child, LIMITS)
        open_.append((session, child))
        session.run_cell(source)
        return session

    yield start
    for session, child in open_:
        session.close()
        child.close()  # type: ignore[attr-defined]
        child.wait(5.0)  # type: ignore[attr-defined]
