"""The expression language: syntax, functions, derivatives, constants and sizes."""
