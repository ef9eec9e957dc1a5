"""The fleet: which terminals there are, who vouches for them, and what became of each.

Not here: what terminals send (`provisioning.centre`), the authority's own key (`ceremony`,
`office`).
"""
