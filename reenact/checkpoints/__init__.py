"""Official checkpoint files to the states of our nets; the only place where pickles are opened."""
