"""The program itself: which version is on offer, installed, tried, and left again."""
