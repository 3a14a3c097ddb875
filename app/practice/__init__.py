"""What a person derived, held against the graph: verdicts, mistakes by their name, exercises, worksheets."""
