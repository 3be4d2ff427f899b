"""The names of the environments in Gymnasium: `metarl/FAMILY-v0`, once metarl is imported, which
`gymnasium.make("metarl:metarl/FAMILY-v0")` does, too."""

import gymnasium

from ._library import families


def register() -> None:
    """Registers every family; importing metarl does it."""
    for family in families():
        name = f"metarl/{family['name']}-v0"
        if name not in gymnasium.registry:
            # Environments count their own steps: their horizon is a setting.
            gymnasium.register(
                name, entry_point="metarl.environments:MetaRLEnv",
                vector_entry_point="metarl.environments:MetaRLVectorEnv", kwargs={"family": family["name"]})
