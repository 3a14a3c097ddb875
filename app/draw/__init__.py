"""Trace to picture. Pure, but for `layout`, which asks Graphviz where things stand."""
