"""`reenact webcam`: a local camera drives an identity in a window, virtual camera or pipe."""
