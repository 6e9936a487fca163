"""A headless Chromium driven over its own protocol, through a pair of pipes: no driver program, no
port, and nothing to install but the browser.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
MAX_WAIT = 45.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# Starts the browser with its ends of the pipes as 3 and 4, where the protocol wants them.
_START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for place, end in enumerate(ends, start=3):
    os.dup2(end, place)
os.execv(sys.argv[3], sys.argv[3:])
"""


def program() -> str | None:
    """The browser of this machine, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Chromium:
    """One browser process; each page is a tab of its own."""

    def __init__(self, path: str) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self._write = os.pipe()
        self._read, theirs_out = os.pipe()
        ends = (str(theirs_in), str(theirs_out))
        browser = (path, *FLAGS, f"--user-data-dir={self._folder.name}")
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", _START, *ends, *browser],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._numbers = itertools.count(1)
        self._rest = b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.call("Browser.close")
        self._process.wait(MAX_WAIT)
        os.close(self._write)
        os.close(self._read)
        self._folder.cleanup()

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """What a command answers; events that come before it are kept."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._read], [], [], MAX_WAIT)[0]:
                raise TimeoutError("the browser does not answer")
            self._rest += os.read(self._read, 1 << 20)
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def page(self, width: int = 1280, height: int = 900) -> Page:
        """A new empty tab of that size."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session, width, height)


class Page:
    """One tab."""

    def __init__(self, browser: Chromium, session: str, width: int, height: int) -> None:
        self._browser = browser
        self._session = session
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What a command of this tab answers."""
        return self._browser.call(method, self._session, **parameters)

    def resize(self, width: int, height: int, scale: float = 1) -> None:
        """Give the window another size."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def dark(self, on: bool) -> None:
        """Let the reader prefer dark pages, or light ones."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, file: Path) -> None:
        """Load a file and wait until it is there."""
        self.visit(file.resolve().as_uri())

    def visit(self, url: str) -> None:
        """Load what is at a URL and wait until it is there."""
        self.call("Page.navigate", url=url)
        self.wait(lambda: self.run("document.readyState") == "complete")

    def wait(self, condition: Callable[[], object]) -> None:
        """Until it holds. Raises TimeoutError."""
        end = time.monotonic() + MAX_WAIT
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("the page is not as it should be")
            time.sleep(0.02)

    def run(self, script: str) -> Any:
        """The value of an expression, awaited if it is a promise. Raises for an exception."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def press(self, key: str, *, ctrl: bool = False) -> None:
        """Press and release a key, by its name in ``KeyboardEvent.key``."""
        text = {"text": key} if len(key) == 1 else {}
        codes = {"Tab": 9, "Enter": 13}
        extra = {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
        if key == "Enter":
            text = {"text": "\r"}
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                modifiers=2 if ctrl else 0,
                **extra,
                **(text if kind == "keyDown" else {}),
            )

    def type(self, text: str) -> None:
        """Write into what has the focus."""
        self.call("Input.insertText", text=text)

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """A screenshot as PNG; ``whole``: of all that could be scrolled to."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        file.write_bytes(base64.b64decode(data))

    def pdf(self) -> bytes:
        """The page on paper."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def complaints(self) -> list[str]:
        """What the console showed and the log noted since the tab was opened."""
        self.call("Runtime.evaluate", expression="0")
        return [
            json.dumps(one["params"])
            for one in self._mine()
            if one["method"]
            in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        ]

    def requests(self) -> list[str]:
        """The addresses that the tab asked for, files of this machine included."""
        self.call("Runtime.evaluate", expression="0")
        return [
            one["params"]["request"]["url"]
            for one in self._mine()
            if one["method"] == "Network.requestWillBeSent"
        ]

    def _mine(self) -> list[dict[str, Any]]:
        return [one for one in self._browser.events if one.get("sessionId") == self._session]
