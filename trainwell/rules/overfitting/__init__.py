"""Rules of the family overfitting."""
