"""Phone systems: they turn what a PBX or a cloud phone says into canonical call events."""
