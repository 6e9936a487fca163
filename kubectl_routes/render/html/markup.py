"""HTML as a tree, so that text of others can never become markup."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as Xml

from kubectl_routes.render.text import plain

Element = Xml.Element
_BLOCKS = frozenset({"article", "div", "g", "h2", "h3", "h4", "li", "p", "section", "tr"})


def element(tag: str, attributes: Mapping[str, str], *content: Element | str) -> Element:
    """An element with that content. Texts and attribute values are shown as ``plain`` has them:
    a control or bidi character in a name is spelt out, here as on a terminal.
    """
    made = Element(tag, {name: plain(value) for name, value in attributes.items()})
    for part in content:
        if isinstance(part, Element):
            made.append(part)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + plain(part)
        else:
            made.text = (made.text or "") + plain(part)
    return made


def section(attributes: Mapping[str, str], title: str, *content: Element | str) -> Element:
    """A section of the page under its heading."""
    return element("section", attributes, element("h2", {}, title), *content)


def sealed(tag: str, text: str) -> str:
    """The text of a ``script`` or ``style`` element, which HTML takes as it is.

    Raises ValueError for text that would end the element.
    """
    if "</" in text or "<!--" in text:
        raise ValueError(f"text of <{tag}> would end it")
    return text


def written(root: Element) -> str:
    """An element as HTML, a line a block, so that two reports can be compared."""
    for part in root.iter():
        if part.tag in _BLOCKS and part.tail is None and part is not root:
            part.tail = "\n"
    return Xml.tostring(root, encoding="unicode", method="html")
