"""Writes a trained network as C99 that needs no library: one function for each module.

A network is a chain: its forward applies modules in order, each to the result of the one before.
"""

from .chain import DeployError
from .network import deploy

__all__ = ["DeployError", "deploy"]
