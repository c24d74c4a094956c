"""Premiums: what a scheme costs, line by line, from the editions of its tables.

``pick`` schedules let the payer choose an amount from a list; ``rate`` schedules take a rate of a
base, or a fixed amount, for every month.
"""
