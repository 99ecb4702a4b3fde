"""A registry to look at: models trained on scikit-learn's own data, with half a year of history."""
