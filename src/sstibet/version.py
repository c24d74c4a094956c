"""The version of the library: what the wheel is called, and part of every cache key."""

__version__ = "0.1.0"
