"""A comparison as people see it: a table, one HTML page, figures; and as plain data."""
