"""A command as a process of its own, whose memory and time are measured and have an end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from msgspec import Struct

from tests.cli.programs import PATH, ROUTES
from tests.qa.fuzz.judge import judge

# Bytes beyond what any test allows: what grows without end is stopped here, with a MemoryError.
MOST_ADDRESSES = 3 * 2**30
_MEASURE = f"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MOST_ADDRESSES}, {MOST_ADDRESSES}))
pid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status = os.waitpid(pid, 0)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Outcome(Struct, frozen=True):
    """Exit code, the line of stderr that is an error, stdout, MiB of memory at most, and seconds
    of processor time.
    """

    code: int
    error: str
    stdout: str
    memory: float
    seconds: float


def contained(env: Mapping[str, str], *words: str, seconds: float = 50.0) -> Outcome:
    """Run kubectl-routes; raises Wrong when its answer has no manners, TimeoutExpired when it
    hangs.
    """
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, ROUTES, *words],
        env={"PATH": PATH, "HOME": "/nonexistent", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    told, _, measured = done.stderr.decode().rstrip("\n").rpartition("\n")
    memory, processor = measured.split()
    judge(done.returncode, done.stdout.decode(), told, traced=False, several=False)
    errors = [line for line in told.splitlines() if line.startswith("error: ")]
    return Outcome(
        done.returncode,
        "".join(errors),
        done.stdout.decode(),
        int(memory) / 1024,
        float(processor),
    )
