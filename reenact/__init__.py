"""Real-time reenactment: a target identity does what the person in front of the camera does."""

__version__ = "0.1.0"
