"""The network: one seam, with a deadline and a ceiling on every request."""
