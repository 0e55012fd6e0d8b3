"""Several graders grade side by side, answer in the order of the jobs, and stay for the next pool."""

import pytest

from autograder.engine import pool as module
from autograder.engine.grader import Grader
from autograder.engine.pool import Pool, grade
from autograder.engine.record import CellJob, Job


def job(number: int) -> Job:
    return Job((CellJob(0, f"import time\ntime.sleep(0.2 * ({number} == 0))\n{number} * 2"),))


@pytest.mark.slow
def test_results_come_in_order_from_graders_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Grader] = []

    def grader() -> Grader:
        made.append(Grader())
        return made[-1]

    monkeypatch.setattr(module, "Grader", grader)
    monkeypatch.setattr(module, "_idle", module.queue.SimpleQueue())
    for _ in range(2):
        with Pool(2) as pool:
            runs = list(pool.map(grade, map(job, range(5))))
        shown = [run.cells[0].outputs[0]["data"]["text/plain"] for run in runs]
        assert shown == ["0", "2", "4", "6", "8"]
        assert len(made) == 2
    for one in made:
        one.close()
