"""Measurements, side by side with peers: `make bench`."""

import os

# One thread each, so that the peers and we do the same work with the same means; set before NumPy is loaded.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
