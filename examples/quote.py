"""One question, every kind of answer: what a premium costs, and why.

Run it with ``python examples/quote.py``.
"""

from datetime import date

import sstibet


def tell(answer: sstibet.Quote | sstibet.Missing | sstibet.Wrong) -> None:
    """Print an answer: an embedder would draw a page, a form field's error, or a form."""
    match answer:
        case sstibet.Quote():
            print(answer.explain("en"))
        case sstibet.Missing():
            print("ask for:", *answer.facts)
        case sstibet.Wrong():
            print(f"at the field {answer.field}: {answer.text('en')}")


def main() -> None:
    """Ask for a month of flexible pension (灵活就业养老保险) as a form fills up."""
    rules = sstibet.load().on(date(2025, 3, 1))
    for facts in ({}, {"base": "7066.19", "months": 1}, {"base": "7066.20", "months": 1}):
        tell(rules.quote("flexible_pension", facts))
        print()


if __name__ == "__main__":
    main()
