"""The listener process: stays connected to phone systems that we connect to, and hands their events on."""
