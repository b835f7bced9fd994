"""The pages that the spec prints say what the classes are, and the map leads to all of them."""

from __future__ import annotations

import inspect
import re
from itertools import permutations
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest
from torch import nn

from codegen.documentation.latex import equations
from codegen.documentation.pages import pages
from codegen.grammar import layers
from codegen.reading import format as spec_format
from codegen.reading.format import SECTIONS, Section
from codegen.reading.load import load
from codegen.reading.record import Record
from tests.support import zoo
