"""The demonstration: everything at once, with software cards and invented people.

`prepare` makes the folders, `children` starts centre and tray, `play` lays the cards, `table`
shows how it ended. The composition is `provisioning.cli.demo`.
"""
