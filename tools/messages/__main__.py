"""``make messages``: extract, update, compile, and say what is wrong with the catalogues.

``python -m tools.messages --drop`` also takes texts out that nothing uses any more.
"""

from __future__ import annotations

import sys

from tools.messages.catalogs import compile_all, messages, problems, texts, update
from tools.messages.domains import domains


def main() -> int:
    """All catalogues of the checkout; 1 where something is wrong with them."""
    found = list[str]()
    for domain in domains():
        update(domain, drop="--drop" in sys.argv[1:])
        compile_all(domain)
        for language in domain.languages:
            every, done = len(messages(domain, language)), len(texts(domain, language))
            sys.stdout.write(f"{domain.name:8} {language:6} {done:4} of {every}\n")
        found += problems(domain)
    for each in found:
        sys.stdout.write(f"{each}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
