"""The counter's door over the local network: its authority, certificate, nginx site and the PC."""
