"""Curly d shows backpropagation as it happens."""

__version__ = "0.1.0"
