"""What a cloud-config says of the cluster: its region, its VPC, the list of tables."""

from __future__ import annotations

import yaml

from kubectl_routes.collect import yaml_text
from kubectl_routes.collect.document import legible


def settings_of(text: str) -> dict[str, str]:
    """The texts of the Global section of a cloud-config, keys in lower case; empty when it does not
    parse.
    """
    try:
        tree = yaml_text.load(text)
    except yaml.YAMLError:
        return {}
    sections = tree.items() if isinstance(tree, dict) else ()
    found = [one for name, one in sections if str(name).lower() == "global"]
    section = found[-1] if found and isinstance(found[-1], dict) else {}
    return {
        str(key).lower(): legible(value.strip())
        for key, value in section.items()
        if isinstance(value, str)
    }
