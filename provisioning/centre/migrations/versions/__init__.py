"""The steps, each named by its number; an applied one is never edited."""
