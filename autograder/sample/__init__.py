"""A class of made-up students, and the run that grades it."""
