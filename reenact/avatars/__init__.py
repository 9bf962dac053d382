"""Procedural people: their looks, their motions, and pictures in which every motion is known."""
