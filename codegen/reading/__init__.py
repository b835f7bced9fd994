"""From YAML to the model, every mistake with its place."""
