"""Lamp, buzzer and scanner: the terminal's parts beside screen and card reader.

Knows no scene, card or person: `edge.service` maps a scene to a `patterns.Signal` and takes
scanner lines to `edge.tap`.
"""
