"""The gradebook is nbgrader's own, opened a dozen times a submission: what can be kept from one time to the next is."""

import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.dbutil import _temp_alembic_ini

from autograder.grade import gradebook

gradebook.install()


def test_a_gradebook_that_is_opened_again_compiles_no_query_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gradebook.db"
    with Gradebook(url) as first, Gradebook(url) as second:
        assert first.engine is second.engine
        first.add_student("ann")
        assert second.find_student("ann").id == "ann"
    with Gradebook(url) as again, Gradebook(f"sqlite:///{tmp_path}/other.db") as other:
        assert again.engine is first.engine
        assert [student.id for student in again.students] == ["ann"]
        assert other.students == []


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "gradebook.db"
    for name in ("ann", "bob"):
        with Gradebook(f"sqlite:///{file}") as opened:
            opened.add_student(name)
            assert [student.id for student in opened.students] == [name]
        file.unlink()


def test_gradebooks_in_memory_share_nothing() -> None:
    with Gradebook("sqlite:///:memory:") as first, Gradebook("sqlite:///:memory:") as second:
        first.add_student("ann")
        assert second.students == []


def test_the_version_of_the_tables_is_that_of_nbgrader() -> None:
    with _temp_alembic_ini("sqlite://") as settings:
        said = subprocess.check_output([f"{Path(sys.executable).parent}/alembic", "-c", settings, "heads"], text=True)
    assert gradebook._version() == said.split()[0]
