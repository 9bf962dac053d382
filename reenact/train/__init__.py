"""Training of the networks of a pack."""
