"""How fast the library is, against yardsticks measured in the same run (``make bench``)."""
