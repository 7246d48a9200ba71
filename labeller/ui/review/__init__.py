"""The Review page: what the answers do to every image, before the network learns from them."""
