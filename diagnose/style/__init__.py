"""How numbers, lists and pictures look, wherever they are shown.

For others: text, places, figures, shown.
Uses: nothing.
"""
