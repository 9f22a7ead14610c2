"""How each system is asked for the key that opens the quick ask from anywhere."""
