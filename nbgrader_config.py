"""Settings of this course for nbgrader. Every `nbgrader` command that runs in this folder reads them."""

import os

from autograder.grade import configure_course

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = "neural_networks"
configure_course(c, os.path.dirname(os.path.abspath(__file__)))
