"""Torch modules of the networks; nothing here is imported on the live path."""
