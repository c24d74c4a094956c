"""Drawings of items: a machine as Mermaid text, or as an SVG of the library's own layout.

Both are made from the book alone, from labels and never from an item under way, so nothing personal
can be in them.
"""

from __future__ import annotations

from sstibet.drawing.diagram import mermaid
from sstibet.drawing.page import svg

__all__ = ["mermaid", "svg"]
