"""A card on the reader: which password, is it genuine, does it matter here, and what is shown."""
