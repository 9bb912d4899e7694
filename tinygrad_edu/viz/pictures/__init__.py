"""A graph as a still picture: `picture` says what is in it, `style` how it looks, `dot` writes it for Graphviz."""
