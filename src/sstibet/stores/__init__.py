"""Stores: where items, their history, the effects to be delivered and the keys of requests are
kept, each step in one transaction. `opening` tells which one a place means."""
