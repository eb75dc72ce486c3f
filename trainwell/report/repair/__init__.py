"""A repair as people see it: a page of its own, sections of a training report, a card in a notebook."""
