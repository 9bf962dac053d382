"""`reenact doctor`: checks of the installation, each with the command that mends it."""
