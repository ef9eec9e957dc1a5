"""Everything that a running terminal does: tap, log, meeting, screens, the way to the centre."""
