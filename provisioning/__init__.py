"""The office side: keys, cards, centre, commands and the demonstration."""
