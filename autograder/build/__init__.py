"""From the percent files in `solutions/` to the notebooks that students get, with the proof that they are right."""

from .make import BuildReport, build, refresh_sources
from .source import BuildError, source_notebook

__all__ = ["BuildError", "BuildReport", "build", "refresh_sources", "source_notebook"]
