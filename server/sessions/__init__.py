"""Sessions of connected clients: admission, rooms, watchdog, control channel, recording."""
