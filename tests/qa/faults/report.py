"""The figures of a run of the fault matrix, as they stand in docs/reliability.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.qa.faults.matrix import NOT_REACHED, Result
from tests.qa.faults.stages import COMMANDS

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
BEGIN, END = "<!-- figures of make faults -->", "<!-- end of the figures -->"
ENDINGS = ("0", "1", "2", "3", "4", "5", NOT_REACHED)


def figures(results: list[Result], seconds: float, jobs: int) -> str:
    """A table of commands by endings, and what was wrong."""
    endings = Counter((one.case.command, one.ending) for one in results)
    bad = Counter(one.case.command for one in results if one.problems)
    head = ("command", "requests", "cases", *(f"exit {one}" for one in ENDINGS[:-1]),
            ENDINGS[-1], "wrong")  # fmt: skip
    lines = [_row(head), _row(("---",) * len(head))]
    for name in COMMANDS:
        own = [one for one in results if one.case.command == name]
        places = {(one.case.scenario, one.case.place) for one in own}
        counts = [endings[name, ending] or "" for ending in ENDINGS]
        lines.append(_row((name, len(places), len(own), *counts, bad[name])))
    longest = max((one.seconds for one in results), default=0.0)
    lines += [
        "",
        f"{len(results):,} cases, {sum(bad.values())} of them wrong; {jobs} processes at once took"
        f" {seconds / 60:.0f} minutes. The longest command took {longest:.0f} s.",
    ]
    return "\n".join(lines) + "\n"


def write(text: str, page: Path = PAGE, marks: tuple[str, str] = (BEGIN, END)) -> None:
    """Put the figures into the page, between the two marks."""
    begin, end = marks
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{text}{end}{after}")


def _row(cells: tuple[object, ...]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
