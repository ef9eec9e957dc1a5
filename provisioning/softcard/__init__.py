"""A contactless chip in software, for demonstrations and tests: never a secure element."""
