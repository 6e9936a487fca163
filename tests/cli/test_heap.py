from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Threads that allocate at the same time, and then glibc's own report on its heaps.
PROGRAM = """
import ctypes, sys, threading
from kubectl_routes.cli.heap import run_for_long

if "shared" in sys.argv:
    run_for_long()
together = threading.Barrier(8)

def allocate():
    together.wait()
    kept = [bytes(5_000) for _ in range(100)]
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has several heaps")
@pytest.mark.parametrize(("words", "one"), [(["shared"], True), ([], False)])
def test_threads_share_one_heap_if_told_so(words: list[str], one: bool) -> None:
    program = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    heaps = done.stderr.count("Arena ")
    assert heaps == 1 if one else heaps > 1
