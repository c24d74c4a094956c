"""When and whether a premium may be paid, from when it covers, and how long one waits.

All of it is data of ``periods.yaml``: dated parameters (minimum years, retirement ages), collection
windows, which notice year sets which coverage year, what a payer must fulfil (``may_pay``), from
when a payment covers, and how long one waits after a lapse. ``tables`` holds its types, ``ask``
answers from them.
"""
