"""Makes the student's notebook with nbgrader's own converters, in a scratch course, so that nothing else is touched."""

import shutil
import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from ..course.markup import BuildError
from ..course.paths import Course


def release_notebook(course: Course, name: str, source: bytes) -> bytes:
    """What `nbgrader generate_assignment` makes of a source notebook under the settings of this course.

    Raises BuildError where nbgrader refuses the notebook.
    """
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        root = Path(folder).resolve()
        shutil.copy(course.config, root)
        scratch = Course(root)
        scratch.source_notebook(name).parent.mkdir(parents=True)
        scratch.source_notebook(name).write_bytes(source)
        converter = GenerateAssignment(
            coursedir=CourseDirectory(config=_settings(root), assignment_id=name), config=_settings(root)
        )
        try:
            converter.start()
        except Exception as error:
            # The converter reports what is wrong with a cell as one of half a dozen exception types.
            raise BuildError(name, f"nbgrader cannot make the student notebook: {error}") from error
        if not scratch.release_notebook(name).exists():
            raise BuildError(name, "nbgrader made no student notebook")
        return scratch.release_notebook(name).read_bytes()


def _settings(root: Path) -> Config:
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    return config
