"""Streams: a driver's frames in, pictures of an identity out, on the thread of the device."""
