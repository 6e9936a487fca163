"""What ``make newest`` installs: the ranges of setup.cfg without their upper ends.

``python -m release.newest`` prints one requirement a line. It needs nothing but Python.
"""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

SETUP = Path(__file__).parent.parent / "setup.cfg"


def requirements(text: str) -> list[str]:
    """What a setup.cfg asks for, for running and for testing, from the lower ends on."""
    setup = ConfigParser()
    setup.read_string(text)
    asked = setup["options"]["install_requires"] + setup["options.extras_require"]["test"]
    return [
        re.sub(r"(,<[^,;]*|<[^,;]*,)", "", line, count=1) for line in asked.splitlines() if line
    ]


if __name__ == "__main__":
    print(*requirements(SETUP.read_text()), sep="\n")
