"""The office that gives a terminal its life: pilot PKI, lists, trust list, personalised cards.

Keys here are a pilot's, kept in files; a real authority's keys never come near this code.
"""
