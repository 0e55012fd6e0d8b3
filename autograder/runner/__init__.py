"""The untrusted end: executes a submission's cells, and calls its functions when the examiner asks.

It runs inside the sandbox in the same process as the student's code, so nothing that it says is trusted. Only
`serve` is called from outside, by the template.
"""
