"""From templates to sentences: for a finding, and with placeholders for the page of a code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Formatter

from kubectl_routes.catalog.loader import all_codes, texts
from kubectl_routes.model.catalog import CodePage
from kubectl_routes.model.command import command
from kubectl_routes.model.message import Language, Message, Value, message

# The generated pages in the repository, whose address is that of setup.cfg.
_DOCS = "https://github.com/kubectl-routes/kubectl-routes/blob/main/docs"
_PUBLISHED = {
    Language.ENGLISH: f"{_DOCS}/codes.md",
    Language.CHINESE: f"{_DOCS}/codes.zh-CN.md",
}


def page(code: str, language: Language) -> CodePage:
    """What the catalog says of a code. Raises KeyError for one that does not exist."""
    entry, prose = all_codes()[code], texts(language).codes[code]
    commands = [line for some in entry.commands.values() for line in some]
    commands += [repair_of(code)] if entry.repair else []
    return CodePage(
        code=entry,
        title=prose.title,
        why=prose.why,
        causes=_general(prose.causes.values()),
        evidence=_general(
            phrase(code, name, language) for name in entry.evidence or prose.evidence
        ),
        remedies=_general(prose.remedies.values()),
        commands=_general(commands),
    )


def repair_of(code: str) -> str:
    """The command that repairs what a code stands for."""
    return command("kubectl routes repair {code}", {"code": code}) or ""


def link(code: str, language: Language) -> str:
    """The address of the page of a code in the documentation."""
    return f"{_PUBLISHED[language]}#{code.lower()}"


def pages(language: Language) -> tuple[CodePage, ...]:
    """The pages of all codes, in order."""
    return tuple(page(code, language) for code in all_codes())


class _Values(dict[str, Value]):
    """What fills a template; a name that is not there shows as a placeholder."""

    def __missing__(self, name: str) -> Value:
        return Value(f"<{name}>")


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its values in place; values that are empty leave no space at the ends."""
    known = _Values({name: Value(one) for name, one in values.items()})
    return template.format_map(known).strip()


def worded(template: str, values: Mapping[str, object]) -> Message:
    """The sentence of an English template of the catalog, to be said in any language."""
    known = {name: f"<{name}>" for _, name, _, _ in Formatter().parse(template) if name}
    for name in known.keys() & values.keys():
        value = values[name]
        known[name] = value if isinstance(value, str) else str(value)
    return Message(filled(template, known), template, known)


def commands_of(code: str, variant: str, steps: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The commands of the steps, one after the other; without steps those for a variant of a code,
    or its usual ones. Raises KeyError for a step that the code does not have.
    """
    commands = all_codes()[code].commands
    if steps:
        return tuple(command for step in steps for command in commands[step])
    return commands.get(variant, commands.get("", ()))


def sentence(sentences: Mapping[str, str], variant: str, values: Mapping[str, str]) -> str:
    """The sentence for a variant, or the usual one, filled in."""
    return filled(sentences.get(variant, sentences.get("", "")), values)


def phrase(code: str, name: str, language: Language) -> str:
    """The template of a piece of evidence: the code's own, or one that belongs to all."""
    own = texts(language).codes[code].evidence
    return own[name] if name in own else texts(language).shared[name]


def about_table(code: str) -> str:
    """Why CCM keeps no routes in a table, a clause whose subject is the table; empty for a code
    that is about something else.
    """
    return message(texts(Language.ENGLISH).codes[code].table) if code in all_codes() else ""


def notice(name: str, **values: str | int) -> str:
    """A remark of status."""
    return message(texts(Language.ENGLISH).notices[name], **values)


def part_message(part: str) -> str:
    """The part by its name in documents, which other languages say in their own way."""
    kind, slash, which = part.partition("/")
    if not slash:
        return Message(part)
    return message("{kind}{name}", kind=Message(kind + slash), name=which)


def part_name(part: str, language: Language) -> str:
    """The name of a part of the Snapshot that could not be read: ``controller``, ``entries/ID``."""
    names = texts(language).parts
    kind, slash, which = part.partition("/")
    return f"{names.get(kind + slash, kind + slash)}{which}"


def theme_name(theme: str, language: Language) -> str:
    """The name of a theme of codes: in English that of the catalog."""
    return texts(language).themes.get(theme, theme)


def _general(templates: Iterable[str]) -> tuple[str, ...]:
    texts = (filled(one, {}) for one in templates)
    return tuple(dict.fromkeys(text for text in texts if text))
