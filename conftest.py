"""What every test runs under: quiet native libraries, and the same examples on every run."""

import os

from hypothesis import settings

# Read by MediaPipe's C++ half when it is loaded, so before any test imports it.
os.environ.setdefault("GLOG_minloglevel", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Matplotlib, which MediaPipe imports, must not look for a display.
os.environ.setdefault("MPLBACKEND", "Agg")

# A loaded machine is not a failure, and a failure must be there again on the next run.
settings.register_profile("reenact", deadline=None, derandomize=True)
settings.load_profile("reenact")
