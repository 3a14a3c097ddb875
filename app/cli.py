"""The command line: serve | render."""
