"""Bad inputs of every kind, as a table; ``test_hostile`` runs them."""
