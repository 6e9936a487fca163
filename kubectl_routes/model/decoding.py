"""What reading JSON from others can raise, in every release of msgspec that setup.cfg admits."""

from __future__ import annotations

import msgspec

# JSON that breaks off or has another shape is a DecodeError. Text that is not UTF-8 is one from
# 0.23 on; before, Python's own UnicodeDecodeError came through. A str with half a surrogate pair
# still ends in an UnicodeEncodeError, and arrays nested without end in a RecursionError.
UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
