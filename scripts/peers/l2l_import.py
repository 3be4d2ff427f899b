"""learn2learn's MAML wrapper without its package __init__ (which needs gym, Cython parts, lightning, ...)."""
import os, sys, types

root = os.environ.get("L2L_ROOT") or sys.exit("L2L_ROOT is not set: expected the folder of learn2learn's sources")
for name in ("learn2learn", "learn2learn.algorithms"):
    m = types.ModuleType(name)
    m.__path__ = [os.path.join(root, *name.split("."))]
    sys.modules[name] = m
from learn2learn.algorithms.maml import MAML  # noqa: E402,F401
