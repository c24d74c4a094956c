"""The engine: items begun and gone on with, effects delivered, deadlines fired."""
