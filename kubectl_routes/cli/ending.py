"""How a process ends: everything that must happen is done here, then it ends, whatever its threads
do.

Python's own way out lets threads run on while it takes itself apart. One that is inside C code then
meets an interpreter that is gone, and the C library ends the process with SIGABRT.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn, TextIO

# What a shell reports of a program that SIGPIPE ended, as it does of kubectl itself.
OUTPUT_CLOSED = 141
# The result cannot be written.
FAILED = 3
# For threads that are about to end; what waits for a server longer is left to the
# kernel. In seconds, for all of them.
_JOIN_SECONDS = 0.05


def end(code: int, stdout: TextIO, stderr: TextIO) -> NoReturn:
    """Write out what is still in the streams, and end with ``code``. A result that cannot be
    written makes a success a failure.
    """
    if code != OUTPUT_CLOSED:
        code = _flushed(code, stdout, stderr)
    _end_plugins()
    _join()
    if code == OUTPUT_CLOSED:
        _end_like_a_pipe()
    os._exit(code)


def silence() -> None:
    """Keep Python from writing tracebacks: of a thread, of a finalizer. What matters of a
    thread is raised again where its result is used.
    """
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None


def _flushed(code: int, stdout: TextIO, stderr: TextIO) -> int:
    try:
        stdout.flush()
    except BrokenPipeError:
        code = OUTPUT_CLOSED
    except (OSError, ValueError) as error:
        if code == 0:
            with suppress(OSError, ValueError):
                reason = error.strerror if isinstance(error, OSError) else "it is closed"
                stderr.write(f"error: cannot write the result: {reason}\n")
        code = code or FAILED
    with suppress(OSError, ValueError):
        stderr.flush()
    return code


def _end_plugins() -> None:
    """Credential plugins that a reader was waiting for; without one nothing is imported."""
    plugin = sys.modules.get("kubectl_routes.collect.plugin")
    if plugin is not None:
        plugin.end_all()


def _join() -> None:
    until = time.monotonic() + _JOIN_SECONDS
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(max(0.0, until - time.monotonic()))


def _end_like_a_pipe() -> NoReturn:
    """End as SIGPIPE ends a program, quietly; it stays ignored until here because a server that
    hangs up would otherwise end the whole command.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    os._exit(OUTPUT_CLOSED)
