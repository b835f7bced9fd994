"""The expression language: syntax, functions, their derivatives, and what is computed beforehand."""
