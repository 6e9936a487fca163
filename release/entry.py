"""What the frozen program runs: the console script of setup.cfg."""

from __future__ import annotations

import os

# The loader of the frozen program lets it find its own libraries by this variable, which has done
# its work by now. Programs that are started from here (credential helpers, simulate -- COMMAND)
# have to find theirs.
given = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
os.environ.pop("LD_LIBRARY_PATH", None)
if given is not None:
    os.environ["LD_LIBRARY_PATH"] = given

from kubectl_routes.cli.main import entry  # noqa: E402  after the environment is that of the user

entry()
