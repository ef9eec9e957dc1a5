"""The centre's operators: who they are, what they may do, and what they did."""
