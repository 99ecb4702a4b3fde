"""The catalogue: a registry as pages of HTML, which need nothing but a browser."""
