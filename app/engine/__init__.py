"""The engine: program text to graph, graph to gradient graph, graph to numbers. NumPy and the standard library only."""
