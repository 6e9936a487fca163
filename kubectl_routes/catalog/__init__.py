"""The catalog of finding codes: what each means, why it matters, and what fixes it.

codes.yaml   what is the same in every language: severity, commands, link
en.yaml      the sentences in English
zh.yaml      the sentences in Chinese
loader.py    the files as structs, read when they are first asked for
pages.py     from templates to sentences: for a finding, and for the page of a code
"""
