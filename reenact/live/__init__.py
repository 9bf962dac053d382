"""Parts that the webcam command and the server share: newest-value box, threads, statistics."""
