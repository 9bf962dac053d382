"""The `reenact` command: one file a verb family, and the table of verbs in `main`."""
