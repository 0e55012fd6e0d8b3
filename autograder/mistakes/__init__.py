"""Which known mistake a student has made: what the functions of an exercise give in its tests, call by call, is
compared with what each mistake of the bank gives there. It decides no mark.

`knowledge` records the bank once and keeps the result, `trace` runs the tests of an exercise and notes what comes out,
`explain` compares. The examiner's process uses it after grading; nothing of it reaches a student's process.
"""
