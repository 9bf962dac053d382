"""HTTP: the page, its API, WHIP and WHEP, health and metrics."""
