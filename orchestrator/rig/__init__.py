"""A rig: boards on one machine that people and CI share. `inv test --on rig` flashes each, proves its image, and tests it.

`plan` reads which boards there are, `lock` lets one process at a time have a board, `run` tests them.
"""

from orchestrator.rig.lock import Held, hold
from orchestrator.rig.plan import Rig, RigBoard, RigError, read_rig
from orchestrator.rig.run import DEFAULT, Outcome, run_rig

__all__ = ["DEFAULT", "Held", "Outcome", "Rig", "RigBoard", "RigError", "hold", "read_rig", "run_rig"]
