"""A search for pages in English with Chinese terms beside: Chinese is found without a dictionary.

A run of Chinese characters is kept whole, and so is each pair in it: Sphinx finds longer pieces of
a word that it has, and shorter ones only as words of their own.
"""

from __future__ import annotations

import re

from sphinx.search import SearchEnglish

_CHINESE = re.compile(r"[㐀-鿿]+")
_OTHER = re.compile(r"[^\W㐀-鿿]+")


class EnglishAndChinese(SearchEnglish):
    """English words, and Chinese terms in pieces."""

    lang = "en-zh"
    language_name = "English"  # whose stemmer the page in the browser takes

    def split(self, input: str) -> list[str]:
        """The words of a text."""
        words = _OTHER.findall(input)
        for run in _CHINESE.findall(input):
            words.append(run)
            words.extend(run[at : at + 2] for at in range(len(run) - 1))
        return words
