"""docs/status.svg: what a terminal shows of ``status`` on a simulated cluster, as a picture.

``make screenshot`` writes the file again; tests/test_docs.py compares its text with the output.
"""

from __future__ import annotations

import io
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.text import Text

FILE = Path(__file__).parent.parent / "docs" / "status.svg"
SCENARIO = "space-in-list"
COMMAND = "kubectl routes status"
COLUMNS = 100
# Of Rich's pictures, in the units of their coordinates.
CHARACTER_WIDTH = 12.2

# Rich's own template loads its font from the network.
TEMPLATE = """\
<svg class="{unique_id}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; \
font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture(output: str) -> str:
    """The SVG of a terminal after a command has printed ``output``, with its colors."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {COMMAND}\n{output}"), end="")
    svg = console.export_svg(title=COMMAND, unique_id="status", code_format=TEMPLATE)
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def lines(svg: str) -> list[str]:
    """The lines of the terminal that the picture shows, without spaces at the end."""
    texts = [
        element
        for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
        if "clip-path" in element.attrib
    ]
    shown = []
    for _, line in groupby(texts, key=lambda element: element.attrib["y"]):
        text = ""
        for part in line:
            column = round(float(part.attrib["x"]) / CHARACTER_WIDTH)
            text = text.ljust(column) + (part.text or "").replace("\xa0", " ")
        shown.append(text.rstrip())
    return shown
