// AVX2 with fused multiply-add: 256-bit vectors, masked loads and stores, 16 registers.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "levels.h"
#include "processor.h"

#pragma clang attribute push(__attribute__((target(METARL_X86_64_V3))), apply_to = function)

#define LEVEL_NAME "x86-64-v3"

#define HAS_FUSED 1
#define TILE_VECTORS 2
#define SCALAR float
#define LANE_COUNT 8
#define NAME(x) x##_float
#define TABLE metarl_x86_64_v3_float
#define PART __m256i
#define FIRST_LANES(n) _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define LOAD_PART(pointer, part) _mm256_maskload_ps(pointer, part)
#define STORE_PART(pointer, part, value) _mm256_maskstore_ps(pointer, part, (__m256)(value))
#include "kernels.inc"

// The only one of x86-64 for Double: what is computed in it has the same bits at every level.
#define HAS_FUSED 1
#define TILE_VECTORS 2
#define SCALAR double
#define LANE_COUNT 4
#define NAME(x) x##_double
#define TABLE metarl_x86_64_v3_double
#define PART __m256i
#define FIRST_LANES(n) _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3))
#define LOAD_PART(pointer, part) _mm256_maskload_pd(pointer, part)
#define STORE_PART(pointer, part, value) _mm256_maskstore_pd(pointer, part, (__m256d)(value))
#include "kernels.inc"

#pragma clang attribute pop
#endif
