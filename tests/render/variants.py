"""What colour and signs of ASCII do to a page, which needs no golden file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from kubectl_routes.render.page import Page

_PAINT = re.compile(r"\x1b\[[0-9]+m")
_SIGNS = str.maketrans({"✓": "+", "✗": "x", "→": "->", "…": ".."})


def assert_colour_and_ascii_change_no_word(show: Callable[[Page], str], page: Page) -> None:
    """``show(page)`` has no escape; colour adds only escapes; ASCII translates only signs.

    The signs of ASCII may be wider, so that lines may be broken and padded elsewhere.
    """
    text = show(page)
    assert "\x1b" not in text
    assert _PAINT.sub("", show(replace(page, colour=True))) == text
    assert show(replace(page, unicode=False)).split() == text.translate(_SIGNS).split()
