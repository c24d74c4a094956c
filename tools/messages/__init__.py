"""The catalogues' workshop: which words are used where, and what is missing.

``make messages`` runs it: it looks the code and the templates through, brings the ``.po`` up to
date, and compiles them. `tests/test_messages.py` holds what must be true of them.
"""
