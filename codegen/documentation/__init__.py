"""Documentation of a flat layer: equations, pages, pictures."""
