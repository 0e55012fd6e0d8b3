"""In and out of campus systems: what they give is laid down for grading, and marks are written as they take them."""
