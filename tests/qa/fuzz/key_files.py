"""Files and variables with credentials: ~/.aliyun/config.json, ~/.alibabacloud/credentials."""

from __future__ import annotations

from pathlib import Path
from random import Random

from kubectl_routes.collect.credentials import load_key
from kubectl_routes.model.errors import CloudError
from tests.qa.fuzz import mutate
from tests.qa.fuzz.target import Target

_SECRET = "secret-of-no-one"
# Modes that would ask a server or a program are left to their own tests.
_CONFIG = {
    "current": "default",
    "profiles": [
        {"name": "default", "mode": "AK", "access_key_id": "LTAI5t",
         "access_key_secret": _SECRET, "region_id": "cn-hangzhou"},
        {"name": "sts", "mode": "StsToken", "access_key_id": "STS.x",
         "access_key_secret": _SECRET, "sts_token": _SECRET},
        {"name": "other", "mode": "Anonymous"},
    ],
    "meta_path": "",
}  # fmt: skip
_INI = f"""\
[default]
type = access_key
access_key_id = LTAI5t
access_key_secret = {_SECRET}

[sts]
enable = true
type = sts
access_key_id = STS.x
access_key_secret = {_SECRET}
security_token = {_SECRET}
""".encode()
_PROFILES = (None, "default", "sts", "other", "missing")


class KeyFiles(Target):
    """The first byte chooses file and profile, the rest is the file."""

    name = "credential files"
    about = "found and read as for a command; no server is asked"
    share = 4_000

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._home = folder / "keys"
        self._paths = (self._home / ".aliyun/config.json", self._home / ".alibabacloud/credentials")
        for path in self._paths:
            path.parent.mkdir(parents=True)
        self._env = {"HOME": str(self._home), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}

    def make(self, chance: Random) -> bytes:
        choice = chance.randrange(2 * len(_PROFILES))
        body = mutate.damaged(chance, _INI) if choice % 2 else mutate.hostile(chance, _CONFIG)
        return bytes([choice]) + body

    def feed(self, body: bytes) -> bool:
        choice = (body[0] if body else 0) % (2 * len(_PROFILES))
        path, other = self._paths[:: -1 if choice % 2 else 1]
        other.unlink(missing_ok=True)
        path.write_bytes(body[1:])
        try:
            load_key(_PROFILES[choice // 2], self._env)
        except CloudError:
            return False
        return True
