"""A counter-example for each test cell without its points: lines that the student can run, what they give with the
student's code, and what is right. It decides no mark.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class CounterExample:
    """Lines on small inputs that show a fault.

    cell: the test cell without its points. code: lines for the notebook; what the last one gives is compared. yours,
    right: what it gives, as text. witness: another reason why that is right, such as a central difference of the loss.
    note: what was not the student's own when the lines ran.
    """

    cell: str
    code: str
    yours: str
    right: str
    witness: str = ""
    note: str = ""
