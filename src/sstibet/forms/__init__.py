"""Forms: what a screen asks, as data; its JSON Schema; and the reading of what was typed."""
