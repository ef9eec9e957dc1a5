"""Questions of back offices that cannot reach a terminal, passed on by the centre."""
