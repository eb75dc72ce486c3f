"""Repair: try the remedies that the findings name, prove one, return a model that trains."""
