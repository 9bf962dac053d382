"""Procedural people: who they are, how they move, and pictures with exactly known motion."""
