"""The whole report: one file that asks nothing of any network."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from kubectl_routes.model.finding import Language
from kubectl_routes.render.header import facts
from kubectl_routes.render.html.contents import Assets, Contents
from kubectl_routes.render.html.findings import (
    checks_section,
    findings_section,
    gaps_section,
    verdict_line,
)
from kubectl_routes.render.html.marks import ReportPage
from kubectl_routes.render.html.markup import Element, document, element, raw
from kubectl_routes.render.html.matrix import matrix_section
from kubectl_routes.render.html.payload import payload
from kubectl_routes.render.html.picture import picture_section
from kubectl_routes.render.html.tables import tables_section
from kubectl_routes.render.html.words import phrases

_TAGS = {Language.ENGLISH: "en", Language.CHINESE: "zh-CN"}


def report(contents: Contents, assets: Assets) -> str:
    """The page as text, the same for the same contents.

    Nothing in it runs or is fetched but its own style and script, which the policy names by their
    hashes; what others have written is text, never markup.
    """
    return document(
        element(
            "html",
            {"lang": _TAGS[contents.language]},
            _head(contents, assets),
            _body(contents, assets),
        )
    )


def _head(contents: Contents, assets: Assets) -> Element:
    policy = (
        f"default-src 'none'; script-src '{_hash(assets.script)}'; "
        f"style-src '{_hash(assets.style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        # Without it a browser asks a server for an icon, where the file is served by one.
        element("link", {"rel": "icon", "href": "data:,"}),
        element("title", {}, _title(contents)),
        raw("style", {}, assets.style),
    )


def _body(contents: Contents, assets: Assets) -> Element:
    matrix = contents.matrix
    return element(
        "body",
        {},
        element("a", {"class": "skip", "href": "#matrix"}, phrases(contents.language)["skip"]),
        _top(contents),
        element(
            "main",
            {},
            *gaps_section(contents.diagnosis.gaps, contents.language),
            *findings_section(contents),
            *_remarks(contents),
            matrix_section(contents),
            picture_section(contents),
            tables_section(matrix.tables, contents.language),
            checks_section(contents.diagnosis),
        ),
        raw("script", {"type": "application/json", "id": "data"}, payload(contents)),
        raw("script", {"type": "module"}, assets.script),
    )


def _top(contents: Contents) -> Element:
    some = phrases(contents.language)
    told = [
        *facts(contents.matrix, ReportPage(wide=True)),
        ("Read", contents.time),
        ("Tool", contents.tool),
    ]
    pairs = (
        element("div", {}, element("dt", {}, some[name.lower()]), element("dd", {}, text))
        for name, text in told
    )
    return element(
        "header",
        {},
        element("h1", {}, _title(contents)),
        verdict_line(contents),
        element("dl", {}, *pairs),
    )


def _title(contents: Contents) -> str:
    some = phrases(contents.language)
    return some["title"].format(name=contents.matrix.cluster.context or some["nameless"])


def _remarks(contents: Contents) -> list[Element]:
    """What no single cell can carry."""
    if not contents.matrix.notices:
        return []
    items = (element("li", {}, notice) for notice in contents.matrix.notices)
    title = element("h2", {}, phrases(contents.language)["remarks"])
    return [element("section", {"id": "remarks"}, title, element("ul", {}, *items))]


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
