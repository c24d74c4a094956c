"""A small web service that embeds sstibet: the counter (办税服务厅) of a bureau, page by page.

``make counter`` starts it. It uses the library by its public face only; look at it, and copy it.
"""
