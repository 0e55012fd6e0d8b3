"""The settings of an nbgrader course that is graded by the examiner: the three lines in the middle are all it takes."""

from autograder.grade import configure

c = get_config()  # noqa: F821  (nbgrader defines it)
configure(c)

c.CourseDirectory.course_id = "minimal_course"
