"""Reads the driver's face: alignment, landmarks, head pose, measures, calibration, expression."""
