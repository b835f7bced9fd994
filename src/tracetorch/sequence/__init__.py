"""Whole sequences through layers and models, by kernels."""

from .unroll import Plan, unroll

__all__ = ["Plan", "unroll"]
