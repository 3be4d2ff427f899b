// What engine.inc needs from outside, included before a level names its instructions: a function of a header is not
// compiled for them, lest the linker keep that copy for all.
#include <cstdint>
#include <utility>

#include "levels.h"
#include "topology.h"

// A product and a sum are rounded one by one unless the text asks for a fused multiply-add: the same bits everywhere.
#pragma clang fp contract(off)
