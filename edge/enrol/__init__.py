"""Enrolment: how a terminal comes to its certificate, and to the next one in time.

Lives here: the terminal's side of EST (RFC 7030) and the way by stick. Not here: the octets
(`edge.wire.est`), keys and their files (`edge.identity`), what the office makes of it (the centre).
"""
