"""Builds the notebooks of the course, and grades what comes back."""
