"""From a flashed card to a terminal: the boot partition, many of them, this machine, the label.

Lives here: what stands on the boot partition of a Raspberry Pi OS so that its first start makes a
terminal of it. Not here: the Debian package that it installs, enrolment (`edge.wire.claim` is the
claim's form), the centre.
"""
