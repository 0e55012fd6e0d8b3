"""Formgrader lists the course's assignments and no other folder."""

from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.grade import configure_course


@pytest.mark.filterwarnings("ignore")
def test_known_mistakes_and_helpers_are_no_assignments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(NbGraderAPI, "get_source_assignments", NbGraderAPI.get_source_assignments)
    for name in ("01_first", "02_second", "misconceptions", "examples", "helpers"):
        (tmp_path / "solutions" / name).mkdir(parents=True)
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    for _ in range(2):  # a second time changes nothing
        configure_course(config, str(tmp_path))
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    assert api.get_source_assignments() == {"01_first", "02_second"}
