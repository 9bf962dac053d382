"""WebRTC: offers, peers, tracks and encoders, on top of aiortc."""
