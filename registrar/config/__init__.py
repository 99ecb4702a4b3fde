"""From the command line or a mapping to valid jobs, and back to YAML."""
