"""How work is done: what it weighs, where it runs, how long it takes, and what of it is kept. Knows nothing of programs."""
