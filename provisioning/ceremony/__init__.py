"""One authority's folder and its acts: keys at rest, a ledger, a record of each act for people."""
