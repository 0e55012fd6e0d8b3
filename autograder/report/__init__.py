"""The class report: what a class understood and what it did not, as one web page and a table."""
