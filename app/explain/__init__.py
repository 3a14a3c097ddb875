"""Graph and trace to what a person reads. Pure."""
