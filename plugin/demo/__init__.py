"""A believable day in a Japanese call centre, through the same doors as a real one."""
