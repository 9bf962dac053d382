"""Turns trained weights into artefacts: graph declarations, ONNX files, parity reports."""
