"""How a terminal comes to its certificate: EST (RFC 7030) at the centre, the authority behind it.

Not here: the registry that decides who may have one (`provisioning.fleet`), the terminal's side
(`edge`), the octets that both sides use (`edge.wire.est`, `claim`, `reenrol`).
"""
