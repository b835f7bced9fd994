"""The model and the inputs that the command names."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .chain import DeployError
from .network import are_timesteps


def model_of(factory: str, weights: Path) -> nn.Module:
    """Return the model that a factory makes, with weights from a file.

    Args:
        factory: `module:function`; the module is searched in the current folder first.
        weights: A `state_dict`, saved by `torch.save`.

    Raises:
        DeployError: There is no such function, or the weights do not fit.
    """
    module, _, name = factory.partition(":")
    if not module or not name:
        raise DeployError([f"--model {factory}: write module:function, as in digits:Digits"])
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        made = getattr(importlib.import_module(module), name)()
    except Exception as error:  # of any type, since the module and the factory of the user run
        raise DeployError([f"--model {factory}: {type(error).__name__}: {error}"]) from error
    finally:
        sys.path.remove(here)
    if not isinstance(made, nn.Module):
        raise DeployError([f"--model {factory}: returned no nn.Module, but {made!r}"])
    try:
        made.load_state_dict(_loaded(weights))
    except (RuntimeError, TypeError, AttributeError) as error:
        raise DeployError([f"{weights}: {error}; save model.state_dict()"]) from error
    return made


def inputs_of(path: Path) -> Tensor:
    """Return recorded inputs, a tensor saved by `torch.save`.

    Raises:
        DeployError: It is no tensor of several timesteps.
    """
    inputs = _loaded(path)
    if not isinstance(inputs, Tensor) or not are_timesteps(inputs):
        raise DeployError(
            [f"{path}: save one tensor of the shape [timesteps, ...], without a batch"]
        )
    return inputs


def _loaded(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError) as error:
        raise DeployError([f"{path}: {error}"]) from error
    except Exception as error:  # such as an UnpicklingError, whose advice is to trust the file
        raise DeployError([f"{path}: is no file of tensors saved by torch.save"]) from error
