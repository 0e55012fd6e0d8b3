"""Which known mistake a student has made: what the functions of an exercise give in its tests, call by call, is
compared with what each mistake of the bank gives there. And which small call shows that a function is wrong. Neither
decides a mark.

`record` runs the versions of the bank once, each seen by `trace` or `visible`, and the examples that `written` reads;
`recording` is what they gave, in one file. From it the examiner's process names mistakes after grading (`recognise`,
`explain`) and finds a counter-example for each lost test cell (`counter_examples`), and the build makes the table of
wrong answers that students get (`hint_table`). Nothing else of it reaches a student. `differing` runs the examples on
the variants of the bank.
"""
