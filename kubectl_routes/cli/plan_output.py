"""What a command that writes says: its plan, the question whether to apply it, and how it ended."""

from __future__ import annotations

import argparse
from functools import partial
from typing import ClassVar

from kubectl_routes.catalog.translation import translated
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect.redact_manifest import hides
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import joined, message
from kubectl_routes.render import changes, plan as render

UNCHANGED = message("nothing was changed")


class PlanOutput:
    """Writes the plan before anything is written, or, in the formats of ``documents``, at the end
    with the result in it.

    ``or_try`` is what there is beside --yes. ``shown`` is the draft that was shown, ``outcome`` how
    it ended, ``told`` the last line about that, ``counted`` the routes found and wanted, None where
    they were not counted.
    """

    documents: ClassVar[tuple[str, ...]] = ("json",)
    or_try: ClassVar[str] = message("; or --dry-run=server to try it without changing anything")
    shown: Draft | None = None
    outcome = "failed"
    told = ""
    counted: tuple[int | None, int | None] = (None, None)

    def __init__(self, args: argparse.Namespace, terminal: Terminal) -> None:
        self.args = args
        self.terminal = terminal

    def show(self, draft: Draft) -> None:
        """The plan as -o asks, unless it comes at the end, with the result in it."""
        self.shown = draft
        if self.args.output not in self.documents:
            self.terminal.write(self._plan_text(self._said(draft)))

    def ask(self, draft: Draft) -> bool:
        """Whether a person agrees to the plan. Raises UsageError without a terminal."""
        if not self.terminal.can_ask:
            raise UsageError(
                message(
                    "cannot ask for confirmation: stdin is not a terminal; {unchanged}",
                    unchanged=UNCHANGED,
                ),
                message("read the plan, and add --yes{or_try}", or_try=self.or_try),
            )
        if self.args.output in self.documents:
            self.terminal.tell_lines(self.page(self._said(draft), "never"))
        apply = message("Apply to {where}?", where=draft.target.where)
        restarts = render.restarts(draft.target.restarts)
        restarts = message("{sentence}.", sentence=restarts) if restarts else ""
        return self.terminal.ask(joined(" ", (apply, restarts)))

    def _plan_text(self, draft: Draft) -> str:
        if self.args.output == "diff":
            return changes.diff(draft.plan, draft.mask)
        if self.args.output == "yaml":
            hidden = partial(hides, config_key=draft.config_key)
            return changes.manifests(draft.plan, draft.mask, hidden)
        return self.page(draft, self.args.color)

    def page(self, draft: Draft, color: str) -> str:
        """The plan for people."""
        page = self.terminal.page(color, wide=False, headers=True)
        return render.plan_page(draft.plan, draft.checks, draft.mask, page, draft.target)

    def document(self, draft: Draft, result: render.Result) -> str:
        """The plan and how it ended, for programs."""
        return render.document(draft.plan, draft.checks, draft.mask, draft.target, result)

    def report(self, outcome: str, code: int, text: str) -> None:
        """The plan and how it ended, where that is one document on stdout."""
        if self.shown is not None and self.args.output in self.documents:
            result = render.Result(outcome, code, self.terminal.said(text), *self.counted)
            self.terminal.write(self.document(self._said(self.shown), result))

    def _said(self, draft: Draft) -> Draft:
        """The draft with what it says to a person in the language of the run."""
        language = self.terminal.language
        return draft._replace(
            plan=translated(draft.plan, language), checks=translated(draft.checks, language)
        )

    def say(self, line: str) -> int:
        """The result in one line: on stdout, unless a document has that to itself; exit code 0."""
        self.told = line
        if self.args.output == "text":
            self.terminal.write(f"{self.terminal.said(line)}\n")
        else:
            self.terminal.tell(line)
        return 0

    def fail(self, line: str, *more: str) -> None:
        """What the result is not, and what to do."""
        self.told = line
        self.terminal.tell(message("error: {reason}", reason=line))
        for hint in more:
            self.terminal.tell(hint)
