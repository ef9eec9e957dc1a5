"""Is this card genuine and in force? Values in, a verdict out; no file, clock or network.

Does not decide whether the card matters here: that is `edge.tap.admit`.
"""
