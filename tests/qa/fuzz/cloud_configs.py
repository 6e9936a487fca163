"""cloud-config texts: replaced, read for region and VPC, read as every CCM reads it, edited."""

from __future__ import annotations

import re
from random import Random

from kubectl_routes.ccm import cloudconfig
from kubectl_routes.ccm.cloudconfig import place_of
from kubectl_routes.ccm.releases import BEHAVIORS
from kubectl_routes.collect.redact import redact
from kubectl_routes.model.undo import ListChange, ListUndo
from kubectl_routes.plan import cloud_config_edit
from tests.qa.fuzz import mutate
from tests.qa.fuzz.target import Target, Wrong

SECRET = "canary-of-the-fuzzer"
_PLACED = re.compile(rf'[{{,\n]\s*"?accessKeySecret"?:[ \t]+"?{SECRET}"?\s*[,}}\n]')
_GLOBAL = {
    "accessKeyID": "LTAI5t",
    "accessKeySecret": SECRET,
    "routeTableIDs": "vtb-bp1a,vtb-bp1b",
    "vpcid": "vpc-bp1practice",
    "region": "cn-hangzhou",
    "nodeMonitorPeriod": 5,
    "disablePublicSLB": True,
}
_YAML = f"""\
Global: &g
  accessKeyID: LTAI5t # a remark
  accessKeySecret: "{SECRET}"
  routeTableIDs: vtb-bp1a,vtb-bp1b
  uid: &u '42'
  vpcid: |-
    vpc-bp1practice
  nodeMonitorPeriod: 5
  extra: [*u, {{a: b}}]
Other:
  <<: *g
"""


class CloudConfigs(Target):
    """JSON and YAML, damaged."""

    name = "cloud-config texts"
    about = "redacted, read as every CCM release reads it, edited and reverted"
    share = 9_000

    def make(self, chance: Random) -> bytes:
        if chance.random() < 0.5:
            return mutate.hostile(chance, {"Global": _GLOBAL})
        lines = _YAML.splitlines(keepends=True)
        for _ in range(chance.randint(0, 4)):
            at = chance.randrange(len(lines) + 1)
            odd = chance.choice(mutate.YAML) + chance.choice(("", "\n"))
            if chance.random() < 0.5:
                lines[at:at] = [chance.choice(("", "  ", "x: ", "- ")) + odd]
            else:
                start, colon, _ = lines[at - 1].partition(": ")
                lines[at - 1] = f"{start}{colon}{odd}"
        text = "".join(lines).encode("utf-8", "surrogatepass")
        return mutate.damaged(chance, text) if chance.random() < 0.5 else text

    def feed(self, body: bytes) -> bool:
        text = body.decode("utf-8", "replace")
        redacted = redact(text)
        # Damage may put the secret in the place of something that is shown.
        if text.count(SECRET) == 1 and _PLACED.search(text) and SECRET in redacted:
            raise Wrong("the secret is shown")
        for one in (text, redacted):
            place_of(one)
            readings = [cloudconfig.read(one, behavior) for behavior in BEHAVIORS]
        return _edited(text) and not any(reading.error for reading in readings)


def _edited(text: str) -> bool:
    try:
        edited = cloud_config_edit.edit(text, "vtb-new")
        cloud_config_edit.revert(edited.text, edited.undo, text)
        cloud_config_edit.revert(text, ListUndo(ListChange.SECTION), None)
        cloud_config_edit.without_list(text)
        if not text.strip():
            return True
        for behavior in BEHAVIORS:
            before, after = (cloudconfig.read(one, behavior) for one in (text, edited.text))
            if not before.error and behavior.lists_tables and after.ids != ("vtb-new",):
                raise Wrong("the list that was written is not read")
    except cloud_config_edit.NotEditable:
        return False
    return True
