"""The live service: browser page, sessions and media over WebRTC."""
