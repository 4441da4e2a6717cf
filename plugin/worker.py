"""The worker process: scheduled work and delivery, under a leader lock."""
