"""The whole report: one file that makes no network requests."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from string import Template

from kubectl_routes.model.message import Language
from kubectl_routes.render.html.banner import header, title
from kubectl_routes.render.html.cards import findings_section
from kubectl_routes.render.html.contents import Assets, Contents
from kubectl_routes.render.html.markup import Element, element, sealed, written
from kubectl_routes.render.html.matrix import matrix_section
from kubectl_routes.render.html.notes import checks_section, gaps_section, notes_section
from kubectl_routes.render.html.payload import payload
from kubectl_routes.render.html.picture import picture_section
from kubectl_routes.render.html.tables import tables_section
from kubectl_routes.render.page import Page

_TAGS = {Language.ENGLISH: "en", Language.CHINESE: "zh-CN"}


def report(contents: Contents, assets: Assets) -> str:
    """The page as text, the same for the same contents.

    Nothing in it runs or is fetched but its own style and script, which the policy names by their
    hashes; what others have written is text, never markup.
    """
    page = contents.page
    sections = _sections(contents)
    skip = element("a", {"class": "skip", "href": "#matrix"}, page.say("Skip to the matrix"))
    return Template(assets.frame).substitute(
        language=_TAGS[page.language],
        policy=_policy(assets),
        title=written(element("title", {}, title(contents))),
        style=sealed("style", assets.style),
        skip=written(skip),
        header=written(header(contents)),
        contents=written(_list_of_contents(sections, page)),
        main=written(element("main", {}, *sections)),
        data=sealed("script", payload(contents)),
        script=sealed("script", assets.script),
    )


def _policy(assets: Assets) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(assets.script)}'; "
        f"style-src '{_hash(assets.style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _sections(contents: Contents) -> list[Element]:
    """What is wrong first, then every route, then what is only worth knowing."""
    return [
        *gaps_section(contents),
        *findings_section(contents),
        matrix_section(contents),
        *notes_section(contents),
        picture_section(contents),
        tables_section(contents),
        checks_section(contents),
    ]


def _list_of_contents(sections: Sequence[Element], page: Page) -> Element:
    """A link for each section, by its title."""
    links = (
        element("a", {"href": f"#{section.get('id')}"}, "".join(heading.itertext()))
        for section in sections
        for heading in section.iter("h2")
    )
    return element("nav", {"aria-label": page.say("Contents")}, *links)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
