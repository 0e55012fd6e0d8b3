"""From the percent files in `solutions/` to the notebooks that students get, with the proof that they are right."""

from ..course.percent import BuildError, source_notebook
from .build import BuildReport, build, refresh_sources

__all__ = ["BuildError", "BuildReport", "build", "refresh_sources", "source_notebook"]
