"""Measures how faithfully a pack follows known motion."""
