"""A phone as desk: the terminal's own Wi-Fi, put up for one meeting under a passphrase of its own.

Lives here: passphrase and QR text (`wifi`), asking root's helper for the access point (`helper`),
one turn of it from the first wish to the meeting's end (`desk`). Not here: whether an address is
that of an access point which this machine runs (`edge.access_point`), the pages (`edge.web`),
joining somebody else's Wi-Fi (the system's).
"""
