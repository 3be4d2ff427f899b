#include "box2d_door.h"
