"""The catalogue of finding codes: what each means, why it matters, and what mends it.

codes.py     what is the same in every language: severity, commands, link
english/     the words, a module a theme
chinese/     the same
prose.py     the words of one language
pages.py     from templates to sentences: for a finding, and for the page of a code

It imports nothing that takes time, so that ``explain`` answers at once.
"""
