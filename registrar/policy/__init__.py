"""What a plan may do, and why."""
