"""``-o html``: one self-contained page to attach to a ticket.

Python writes everything that can be read without a script: verdict, findings, pictures, tables and
the first rows of the matrix. The script takes over the matrix, from data that the page carries.
"""

from __future__ import annotations
