"""A graph as a program that can be run: forward pass and gradients in NumPy, PyTorch and JAX, with a check of them."""

from app.explain.frameworks.layout import Line
from app.explain.frameworks.program import Framework, Listing, listing

__all__ = ["Framework", "Line", "Listing", "listing"]
