"""Figures of the class report, each over plain numbers, with alt text computed from them."""

import numpy as np
import seaborn as sns

from nbcore.plots import NEUTRAL, PALETTE, Picture, figure
from nbcore.plots import style as figure_style

from ..grade.counted import counted
from .statistics import ItemRow, MistakeRow

MAX_BARS = 15  # of mistakes
MOST_BARS = 40  # of marks


@figure_style()
def marks_figure(totals: list[float], max_score: float) -> Picture:
    """How the marks of the autograded cells are distributed."""
    fig, ax = figure(width=8.0, height=2.8)
    step = max(1, round(max_score / MOST_BARS))  # a bar for each point, or for so many
    edges = np.arange(0, max_score + step, step) - step / 2
    sns.histplot(x=totals, bins=[*edges, edges[-1] + step], color=PALETTE[0], alpha=1, edgecolor="white", ax=ax)
    median = float(np.median(totals))
    ax.axvline(median, color="black", linestyle="--", label=f"median {median:g}")
    ax.set(xlabel=f"points of {max_score:g}", ylabel="students", xlim=(-step / 2, max_score + step / 2))
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.legend()
    low, high = np.percentile(totals, [25, 75])
    alt = (
        f"Histogram of the marks of {counted(len(totals), 'student')}, out of {counted(max_score, 'point')}. "
        f"Median {median:g}; the middle half lies between {low:g} and {high:g}; "
        f"lowest {min(totals):g}, highest {max(totals):g}."
    )
    return Picture(fig, alt)


@figure_style()
def items_figure(rows: list[ItemRow]) -> Picture:
    """Share of the class that passed each test cell."""
    fig, ax = figure(width=8.0, height=1.1 + 0.3 * len(rows))
    names = [_name(row) for row in rows]
    shares = [100 * row.share for row in rows]
    ax.barh(names, [100] * len(rows), color="none", edgecolor=NEUTRAL, linewidth=0.8, label="did not pass")
    ax.barh(names, shares, color=PALETTE[0], label="passed")
    for position, share in enumerate(shares):
        ax.annotate(f"{share:.0f} %", (101, position), va="center", annotation_clip=False)
    ax.invert_yaxis()
    ax.set(xlabel="share of the class in per cent", ylabel="test cell", xlim=(0, 112))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    hardest = min(rows, key=lambda row: row.share)
    alt = (
        f"Bars for {counted(len(rows), 'test cell')}: share of the class that passed. "
        f"Lowest: {_name(hardest)}, with {hardest.passed} of {hardest.n}."
    )
    return Picture(fig, alt)


def _name(row: ItemRow) -> str:
    return ", ".join(filter(None, (row.item.exercise, row.item.aspect)))


@figure_style()
def mistakes_figure(rows: list[MistakeRow]) -> Picture:
    """How many students made each of the most frequent mistakes."""
    shown = rows[:MAX_BARS]
    fig, ax = figure(width=8.0, height=0.9 + 0.3 * len(shown))
    names = [f"{row.exercise}: {row.name}" for row in shown]
    counts = [len(row.students) for row in shown]
    sns.barplot(x=counts, y=names, color=PALETTE[1], saturation=1, ax=ax)
    for position, count in enumerate(counts):
        ax.annotate(f" {count}", (count, position), va="center")
    ax.set(xlabel="students", ylabel="mistake")
    ax.xaxis.get_major_locator().set_params(integer=True)
    alt = (
        f"Bars for {len(shown)} of {counted(len(rows), 'known mistake')}, the most frequent first: "
        f"{names[0]}, made by {counted(counts[0], 'student')}."
    )
    return Picture(fig, alt)
