"""Questions on the student's own code, for exercises with full points. They decide no mark.

`ask` has a student's process run calls of the student's functions under `runner.watch`, and the keys are what it finds.
`rules` and `changes` choose the questions and put them into words, `code` reads the student's lines.
"""
