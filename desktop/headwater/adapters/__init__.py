"""The network, the disk and the keyring; their libraries' exceptions end here."""
