"""Real-time reenactment: a target identity does what the person in front of the camera does."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  so this file keeps to the grammar of 3.6
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit("reenact: needs Python 3.11 or newer, this is " + found + "; run it with a newer one")

__version__ = "0.1.0"
