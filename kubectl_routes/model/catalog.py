"""The shape of the catalog of finding codes: what codes.yaml and the files of a language hold."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.model.finding import Severity


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """What is the same in every language about a finding code.

    ``commands`` are templates by variant of the cause; the variant ``""`` stands for all that
    are not named. ``preflight``: found only by ``enable``, before it writes; ``diagnose`` has no
    check for it. ``link`` is the public page behind the rule.
    ``symptom``: where another finding accounts for all its nodes, it only follows from that one.
    ``repair``: the command of that name can carry the remedy out. ``evidence`` names the phrases in
    the order in which its page shows them; without it those of its own are shown.
    """

    code: str
    theme: str
    severity: Severity
    link: str = ""
    evidence: tuple[str, ...] = ()
    commands: dict[str, tuple[str, ...]] = {}
    preflight: bool = False
    symptom: bool = False
    repair: bool = False


class Messages(Struct, frozen=True, forbid_unknown_fields=True):
    """What one language says of a code.

    ``causes`` and ``remedies`` are templates by variant (``""``: the usual one), ``evidence`` by
    the name of the phrase, ``preflight`` by the name of what is said before anything is written:
    ``""`` is what is to be true, ``hint`` what to do where it is not. Words in braces are filled in
    by a finding, and shown as placeholders by ``explain``. ``table`` is why CCM keeps no routes in
    a table, a clause whose subject is the table. ``titles`` are by variant as well, where that of
    the code does not fit.
    """

    title: str
    why: str
    causes: dict[str, str] = {}
    evidence: dict[str, str] = {}
    remedies: dict[str, str] = {}
    preflight: dict[str, str] = {}
    table: str = ""
    titles: dict[str, str] = {}


class NotChecked(Struct, frozen=True, forbid_unknown_fields=True):
    """What can break routing and cannot be seen in the two APIs, and where to look for it."""

    what: str
    where: str


class Texts(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that one language says: of each code, phrases of evidence that belong to no
    single code, the sentences of the verdict, and what is not checked. ``parts`` are the names of
    what could not be read, by the name in documents; a part that is not there is called by that
    name, and so is a theme of codes. ``notices`` are what status says beside the cells.
    """

    codes: dict[str, Messages]
    shared: dict[str, str]
    verdict: dict[str, str]
    unchecked: tuple[NotChecked, ...]
    parts: dict[str, str] = {}
    themes: dict[str, str] = {}
    notices: dict[str, str] = {}


class CodePage(Struct, frozen=True):
    """The page of one code in one language, with placeholders where a finding has names."""

    code: Code
    title: str
    why: str
    causes: tuple[str, ...]
    evidence: tuple[str, ...]
    remedies: tuple[str, ...]
    commands: tuple[str, ...]
