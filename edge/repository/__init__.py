"""What the office publishes for all terminals: a TUF repository, over the network or on a stick."""
