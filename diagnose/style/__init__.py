"""How numbers, lists and pictures look, wherever they are shown.

For others: text, figures, shown.
Uses: nothing.
"""
