"""Grades one notebook. It knows no nbgrader, no gradebook and no course directory."""
