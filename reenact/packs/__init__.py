"""Packs: what a pack is, its manifest, and where packs live."""
