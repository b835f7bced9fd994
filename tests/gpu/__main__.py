"""Compare the kernels in Triton with the loop on a GPU, then measure them: `make gpu`.

PyTorch, Triton and pytest are all that is needed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.gpu import comparison, table
from tests.gpu.device import IS_INTERPRETED, why_not

TABLE = None if IS_INTERPRETED else Path(__file__).parents[2] / "docs" / "guides" / "gpu.txt"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__)
    parser.add_argument("--out", type=Path, default=TABLE, help="the file of the table")
    parser.add_argument(
        "--seconds", type=float, default=330, help="when to stop compiling what is measured"
    )
    options = parser.parse_args()
    if why_not():
        print(f"make gpu: nothing was run: {why_not()}", file=sys.stderr)
        return 1
    end = time.monotonic() + options.seconds
    failed = comparison.run()
    text = table.text(end)
    print(text)
    if options.out and not failed:
        options.out.write_text(text, encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
