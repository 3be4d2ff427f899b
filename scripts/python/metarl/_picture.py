"""Pictures of scenes, by NumPy alone."""

from __future__ import annotations

import numpy as np

_SIZE = (240, 480)
_PIXELS_PER_METRE = 120.0
_BACKGROUND, _GROUND, _GOAL = (255, 255, 255), (221, 221, 221), (213, 94, 0)
# As the program's films have them: bodies of even and of odd numbers.
_LIMBS = ((0, 114, 178), (86, 180, 233))


def picture(scene: dict) -> np.ndarray:
    """The scene as rows of red, green and blue bytes, [240, 480, 3]; the view moves along with what it shows."""
    height, width = _SIZE
    ground = scene["ground"]
    scale = _PIXELS_PER_METRE
    if ground is None:
        # Points and their goals lie within some metres of the origin.
        reach = max(1.0, *(abs(number) for number in (scene["focus"] + (scene["goal"] or []))))
        scale, center = 0.45 * height / reach, (0.0, 0.0)
    else:
        center = (scene["focus"][0], ground + 0.7)
    x = center[0] + (np.arange(width) - width / 2 + 0.5) / scale
    y = center[1] + (height / 2 - np.arange(height) - 0.5) / scale
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    image = np.empty((height, width, 3), np.float32)
    image[:] = _BACKGROUND
    if ground is not None:
        image[y < ground] = _GROUND
        # Marks of a metre, by which one sees it move.
        image[(y < ground)[:, None] & (np.abs(x - np.round(x)) < 1 / scale)[None, :]] = (170, 170, 170)
    if scene["goal"] is not None:
        _draw(image, grid, scene["goal"], scene["goal"], 6 / scale, _GOAL, scale)
    for limb in scene["limbs"]:
        radius = max(limb["radius"], 4 / scale)
        _draw(image, grid, limb["start"], limb["end"], radius, _LIMBS[limb["body"] % 2], scale)
    return image.round().astype(np.uint8)


def _draw(image, grid, start, end, radius: float, color, scale: float) -> None:
    """Draws a rounded segment, its edge smooth over a pixel."""
    start, way = np.array(start), np.array(end) - np.array(start)
    length = max(float(way @ way), 1e-12)
    along = np.clip((grid - start) @ way / length, 0, 1)
    distance = np.linalg.norm(grid - start - along[..., None] * way, axis=-1)
    cover = np.clip((radius - distance) * scale + 0.5, 0, 1)[..., None]
    image[:] = image * (1 - cover) + np.array(color, np.float32) * cover
