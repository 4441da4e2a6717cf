"""What tests share: real servers on loopback, a clock that is set by hand, a house in a temporary folder."""
