"""`reenact convert`: videos, pictures and folders, frame by frame."""
