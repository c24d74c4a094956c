"""Business items: state machines as data, and the values they go through."""
