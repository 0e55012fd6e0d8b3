"""Experiments of the course: pure functions that give the arrays which the figures and the conclusions are made of.

One module a notebook, which imports it by name. Nothing here draws or prints, and nothing holds the solution of an
exercise: what the student is to write comes in as an argument.
"""
