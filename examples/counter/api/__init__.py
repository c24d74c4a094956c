"""The JSON API of a desk: the same items as on the pages, for programs.

>>> api = make_api(desk)                                            # doctest: +SKIP
>>> pages.add_middleware(Beside, api=api)                           # doctest: +SKIP

Nothing of the business stands here: a request is read strictly, handed to the engine, and what the
engine answers is written as JSON. What is wrong is told as problem details (RFC 9457).
"""

from .app import Beside, make_api
from .limits import Limits

__all__ = ["Beside", "Limits", "make_api"]
