"""A meeting: who is on the roster, who is there, what kind it is. Values and rules only."""
