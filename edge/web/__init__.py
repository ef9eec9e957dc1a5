"""The pages: a board for the room, a desk for the secretary, the status for programs."""
