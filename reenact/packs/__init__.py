"""Packs: their tables, their graphs, and those on this machine."""
