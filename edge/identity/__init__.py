"""Who this terminal is: its key, its certificate, and the key that wraps what it keeps."""
