// AVX-512: 512-bit vectors, masked loads and stores, 32 registers.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "levels.h"
#include "processor.h"

#pragma clang attribute push(__attribute__((target(METARL_X86_64_V4))), apply_to = function)

#define LEVEL_NAME "x86-64-v4"
#define HAS_FUSED 1
#define TILE_VECTORS 4
#define SCALAR float
#define LANE_COUNT 16
#define NAME(x) x##_float
#define TABLE metarl_x86_64_v4_float
#define HALF_WIDTH metarl_x86_64_v3_float
#define PART __mmask16
#define FIRST_LANES(n) ((__mmask16)((1u << (n)) - 1))
#define LOAD_PART(pointer, part) _mm512_maskz_loadu_ps(part, pointer)
#define STORE_PART(pointer, part, value) _mm512_mask_storeu_ps(pointer, part, (__m512)(value))
#include "kernels.inc"

#pragma clang attribute pop
#endif
