"""The company's identity provider, by which staff sign in."""
