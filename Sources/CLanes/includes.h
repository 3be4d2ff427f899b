// The headers that engine.inc needs. They are included before a level selects its instructions, so that functions of
// headers are not compiled for that level: the linker might otherwise keep that copy for all levels.
#include <cstdint>
#include <utility>

#include "levels.h"

// A product and a sum are rounded separately unless the code asks for a fused multiply-add, so that all levels give the
// same bits.
#pragma clang fp contract(off)
