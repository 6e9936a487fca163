"""The two parts of the package kubernetes that every command uses, without all of its others.

The package imports everything that it has when any part of it is imported: OAuth, websockets,
informers, 800 models. That takes three times as long as all else that a small ``status`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Any

# Packages whose own code is passed over, parents first.
_PACKAGES = ("kubernetes", "kubernetes.client", "kubernetes.utils")
_importing = Lock()


def new_configuration() -> Any:
    """A ``kubernetes.client.Configuration``."""
    return _module("configuration").Configuration()


def new_pool(configuration: Any) -> Any:
    """The urllib3 pool, direct or through a proxy, that the client makes of a configuration."""
    return _module("rest").RESTClientObject(configuration).pool_manager


def _module(name: str) -> Any:
    with _importing, _bare_packages():
        return import_module(f"kubernetes.client.{name}")


@contextmanager
def _bare_packages() -> Iterator[None]:
    """Inside, parts of the packages are imported without the packages' own code; afterwards the
    packages are imported whole as ever.
    """
    made = []
    try:
        for name in _PACKAGES:
            if name in sys.modules:
                continue
            spec = find_spec(name)
            if spec is None:
                continue  # a release that has no such part
            package = ModuleType(name)
            package.__path__ = list(spec.submodule_search_locations or ())
            package.__spec__ = spec
            sys.modules[name] = package
            made.append(name)
        yield
    finally:
        for name in made:
            sys.modules.pop(name, None)
