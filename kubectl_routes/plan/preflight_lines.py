"""The lines of preflight, worded as the catalog has them."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_routes.catalog.loader import texts
from kubectl_routes.catalog.pages import phrase, worded
from kubectl_routes.checks.check import Evidence, RawFinding
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.model.message import Language, Message, message
from kubectl_routes.model.plan import Check, Permission, Verdict


def say(code: str, name: str, **values: object) -> Message:
    """A preflight line of a code."""
    return worded(texts(Language.ENGLISH).codes[code].preflight[name], values)


def evidence_of(code: str, found: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Pieces of evidence, worded."""
    return tuple(
        worded(phrase(code, piece.phrase, Language.ENGLISH), piece.values) for piece in found
    )


def checked(
    code: str,
    verdict: Verdict,
    found: tuple[str, ...] = (),
    line: str = "",
    *,
    mandatory: bool = True,
    hint: str | None = None,
    **values: object,
) -> Check:
    """A Check. ``line`` names the preflight line of the code that is to be true; unless a hint is
    given, the line ``hint`` or ``LINE-hint`` beside it says what to do where it is not.
    """
    title = say(code, line, **values)
    if verdict is Verdict.PASSED:
        return Check(code, title, verdict, found, mandatory)
    if hint is None:
        hint = say(code, f"{line}-hint" if line else "hint", **values)
    return Check(code, title, verdict, found, mandatory, hint)


def optional(
    code: str, found: tuple[str, ...], passed: tuple[str, ...] = (), hint: str | None = None
) -> Check:
    """A check that may be skipped, failed by what was found; ``passed`` is what speaks for it."""
    if not found:
        return checked(code, Verdict.PASSED, passed, mandatory=False)
    return checked(code, Verdict.FAILED, (*passed, *found), mandatory=False, hint=hint)


def sentence(sentences: Mapping[str, str], raw: RawFinding, context: CheckContext) -> Message:
    """The sentence for the variant of a finding, or the usual one."""
    template = sentences.get(raw.variant, sentences.get("", ""))
    return worded(template, {**context.values, **raw.values})


def permissions_check(permissions: tuple[Permission, ...]) -> Check:
    """RT904: what must be written may be written."""
    denied = tuple(
        say("RT904", "denied", right=right) for right in permissions if right.allowed is False
    )
    unsure = tuple(
        message("{right}: {reason}", right=str(right), reason=right.reason)
        for right in permissions
        if right.allowed is None
    )
    if denied or unsure:
        verdict = Verdict.FAILED if denied else Verdict.UNKNOWN
        return checked("RT904", verdict, denied or unsure)
    return checked("RT904", Verdict.PASSED, (say("RT904", "granted", count=len(permissions)),))
