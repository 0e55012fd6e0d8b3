"""What the notebooks of the course import: data sets, figures, widgets and checks.

It holds no solution of any exercise, and knows nothing of the autograder.
"""

__version__ = "0.2.0"
