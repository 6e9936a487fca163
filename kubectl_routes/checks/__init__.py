"""One pure function for each finding code: from a CheckContext to what it found.

context.py      what every check looks at: the Snapshot, judged once, and its cells by cause
raw_finding.py  what a check found, before the catalog puts it into words
evidence.py     evidence: Events, log lines, cells, entries
tables.py       which tables CCM works on: RT101, RT103 to RT108
controller.py   how CCM is installed, whether it runs: RT102, RT109 to RT113, RT115, RT119, RT120
operation.py    what keeps a running CCM from its work: RT114, RT116 to RT118
nodes.py        RT201 to RT209
entries.py      RT301 to RT308
vpc.py          RT401 to RT403
tool.py         what could not be read: RT901 to RT903
registry.py     the list of all checks
"""
