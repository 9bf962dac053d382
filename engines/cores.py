"""The number of processor cores that a net may compute on."""

import os

import psutil


def physical_cores() -> int:
    """The number of physical cores that this process may use, at least 1."""
    cores = psutil.cpu_count(logical=False) or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    return max(cores, 1)
