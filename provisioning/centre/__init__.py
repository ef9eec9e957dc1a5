"""The centre: takes signed segments, keeps every event once, answers with what it holds.

Shares with the terminal only `edge.wire`. Bodies stay sealed here.
"""
