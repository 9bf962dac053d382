"""`reenact webcam`: a local camera drives an identity, into a window, a virtual camera or a pipe."""
