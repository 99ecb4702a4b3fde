"""What does the work, chosen with `executor=NAME`."""
