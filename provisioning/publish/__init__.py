"""The office's side of the repository: keys, ceremonies, and the folder that is served."""
