"""The made-up students of an assignment: what each of them hands in, and the marks that they should get.

A submission is made from the student's notebook, the solution, and named variants of the bank, so that none is kept as
a copy. Expected marks follow from the contract and from the aspects that a mistake breaks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from ..course.bank import Bank, substitute
from ..course.contract import Contract
from ..course.markup import grade_id, is_written
from ..course.plan import Plan

OF = "01_activations"  # the assignment of the sample class
Damage = Callable[[NotebookNode], None]

ANSWER = (
    "Without an activation two layers are one linear map. The chain rule multiplies the gradient by the slope of every "
    "layer that it passes. For the sigmoid that is at most a quarter, so the product shrinks quickly. ReLU passes all "
    "where it is active."
)


@dataclass(frozen=True)
class Student:
    """One made-up student.

    `variants` names what they wrote, as (exercise, name in the bank); every other exercise is solved. `code` replaces a
    solution by text of its own; all points of those exercises are lost. `started` is False for a student who handed in
    the notebook as it was.
    """

    name: str
    story: str
    variants: tuple[tuple[str, str], ...] = ()
    code: dict[str, str] = field(default_factory=dict)
    damage: Damage | None = None
    started: bool = True

    def expected(self, contract: Contract, bank: Bank) -> dict[str, float]:
        """Points that each test cell should get, by grade_id."""
        if not self.started:
            return dict.fromkeys(contract.test_points, 0.0)
        lost = {
            contract.exercise(exercise).test_cell(aspect)
            for exercise, name in self.variants
            for aspect in bank.find(exercise, name).breaks
        }
        lost |= {
            contract.exercise(exercise).test_cell(a)
            for exercise in self.code
            for a in contract.exercise(exercise).points
        }
        return {cell: 0.0 if cell in lost else points for cell, points in contract.test_points.items()}

    def submission(self, released: NotebookNode, source: NotebookNode, bank: Bank) -> NotebookNode:
        """What this student hands in."""
        notebook = nbformat.from_dict(released)
        if self.started:
            answers = Plan.of(source.cells).solutions
            for exercise, name in self.variants:
                answers[exercise] = substitute(answers[exercise], bank.find(exercise, name).code)
            fill(notebook, answers | self.code)
        if self.damage is not None:
            self.damage(notebook)
        return notebook


def fill(notebook: NotebookNode, answers: dict[str, str]) -> None:
    """Writes the answers into the solution cells of a student's notebook, and a text into each written one."""
    for cell in notebook.cells:
        name = grade_id(cell)
        if name in answers:
            cell.source = answers[name]
        elif is_written(cell):
            cell.source = ANSWER


def delete(name: str) -> Damage:
    """Deletes a marked cell."""

    def damage(notebook: NotebookNode) -> None:
        notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != name]

    return damage


def paste_again(name: str) -> Damage:
    """Pastes a copy of a marked cell behind it, as JupyterLab does: with its metadata and a new id."""

    def damage(notebook: NotebookNode) -> None:
        position = next(n for n, cell in enumerate(notebook.cells) if grade_id(cell) == name)
        copy = nbformat.from_dict(notebook.cells[position])
        copy.id = f"{copy.id}-copy"
        notebook.cells.insert(position + 1, copy)

    return damage


def accepted_everywhere(bank: Bank) -> tuple[tuple[str, str], ...]:
    """The first accepted variant of every exercise that has one."""
    first: dict[str, str] = {}
    for variant in bank.accepted:
        first.setdefault(variant.exercise, variant.name)
    return tuple(first.items())


SYNTAX_ERROR = "def tanh(z)\n    return np.tanh(z)"
ENDLESS_LOOP = "def silu(z):\n    n = 0\n    while n < z.size + 1:\n        n = 0\n    return z"


def sample_class(bank: Bank) -> tuple[Student, ...]:
    """The twelve students of 01_activations."""
    return (
        Student("ada", "all right"),
        Student("boole", "all right, in other ways", accepted_everywhere(bank)),
        Student("carla", "sigmoid overflows", (("sigmoid", "overflows"),)),
        Student("dmitri", "takes the activation for the pre-activation", (("sigmoid", "takes the activation"),)),
        Student("emmy", "ReLU in place, slope 1 at the kink",
                (("relu", "works in place"), ("relu", "slope 1 at zero"))),
        Student("farid", "softmax over the wrong axis", (("softmax", "sums over the examples"),)),
        Student("grace", "alpha fixed, diagonal Jacobian",
                (("leaky-relu", "alpha fixed at 0.01"), ("softmax", "only the diagonal of the Jacobian"))),
        Student("hedy", "did not start", started=False),
        Student("ivan", "a syntax error in tanh", code={"tanh": SYNTAX_ERROR}),
        Student("jun", "an endless loop in silu", code={"silu": ENDLESS_LOOP}),
        Student("kofi", "deleted a test cell", damage=delete("test-relu-value")),
        Student("lin", "pasted a test cell twice", damage=paste_again("test-softmax-value")),
    )  # fmt: skip
