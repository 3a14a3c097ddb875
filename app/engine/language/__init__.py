"""How a text is read: grammar, names, expressions, calls. `app.engine.parser` is its door."""
