"""The formats that terminal and centre share: event, segment, acknowledgement, seal.

Bytes and values only; storing (`edge.log`) and carrying (`edge.sync`) happen elsewhere.
"""
