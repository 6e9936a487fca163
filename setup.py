"""All but the long description is in setup.cfg: on a package index the links of README.md need the
address of the repository, at the tag of this version.
"""

import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent


def long_description() -> str:
    """README.md, its relative links and pictures made absolute."""
    metadata = ConfigParser()
    metadata.read(ROOT / "setup.cfg", encoding="utf-8")
    package = (ROOT / "kubectl_routes" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'__version__ = "(.*)"', package)[1]
    url = metadata["metadata"]["url"]

    def absolute(link: re.Match[str]) -> str:
        kind = "raw" if link[1].startswith("!") else "blob"
        return f"{link[1]}{url}/{kind}/v{version}/{link[2]}"

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.sub(r"(!?\[[^\]]*\]\()(?!https?:|#)([^)]+)", absolute, readme)


setup(long_description=long_description(), long_description_content_type="text/markdown")
