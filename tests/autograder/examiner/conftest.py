"""Notebooks in processes of their own."""

from collections.abc import Callable

import pytest

from autograder.examiner.session import Session


@pytest.fixture
def notebook(new_session: Callable[[], Session]) -> Callable[[str], Session]:
    """A function that runs a cell in a fresh process and gives the session."""

    def start(source: str) -> Session:
        session = new_session()
        session.run_cell(source)
        return session

    return start
