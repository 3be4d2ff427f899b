"""metarl for Python: its environments as Gymnasium's, its trained runs and their adaptation.

    env = metarl.make("cheetah-dir", task="forward")
    envs = metarl.make_vec("cheetah-dir", num_envs=64, physics="lanes")
    policy = metarl.load("pretrained:cheetah-dir").adapt("backward")
    actions = policy.act(observations)
"""

from ._library import MetaRLError, families, program_version
from .environments import MetaRLEnv, MetaRLVectorEnv, make, make_vec
from .registration import register
from .runs import Episodes, Policy, Run, load

register()

__version__ = program_version()

__all__ = [
    "Episodes", "MetaRLEnv", "MetaRLError", "MetaRLVectorEnv", "Policy", "Run", "families", "load", "make",
    "make_vec", "program_version",
]
