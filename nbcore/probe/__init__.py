"""One call of a student's function: how it is made (`call`), and what comes out, to compare and to store (`outcome`);
a text of a few lines that makes calls, and what it gives in words (`examples`). And what widgets tell a page (`page`).

The floor on which `nbcore.check` and `nbcore.hints` stand; the autograder uses it too, so that all see a call alike.
"""
