"""The core of the Alibaba Cloud SDK, without two parts of it that no call here can reach.

``load`` comes before every other import of ``aliyunsdkcore``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Any

_importing = Lock()


def load() -> Any:
    """The module ``aliyunsdkcore.client``."""
    with _importing:
        if "aliyunsdkcore.client" not in sys.modules:
            # Signs with RSA key pairs, which are not offered here, and brings cryptography along.
            _leave_out("aliyunsdkcore.auth.signers.rsa_key_pair_signer", RsaKeyPairSigner=None)
            # Guesses the encoding of a text that names none; answers are read as bytes.
            _leave_out("aliyunsdkcore.vendored.requests.packages.chardet", detect=_is_utf8)
        return import_module("aliyunsdkcore.client")


def _leave_out(name: str, **parts: Any) -> None:
    module = ModuleType(name)
    vars(module).update(parts)
    sys.modules.setdefault(name, module)


def _is_utf8(_: bytes) -> dict[str, str]:
    return {"encoding": "utf-8"}
