"""A diagnosis as people see it: on a terminal, in a notebook, as one HTML page; and as plain data."""
