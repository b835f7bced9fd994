"""A flat layer for readers: equations, pages, pictures."""
