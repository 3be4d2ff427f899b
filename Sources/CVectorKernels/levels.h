// The tables of all levels. Each level is one file that compiles the same text, kernels.inc, for its instructions.
#ifndef METARL_LEVELS_H
#define METARL_LEVELS_H

#include "vector_kernels.h"

#if defined(__x86_64__)
extern const metarl_kernels metarl_x86_64_v4_float;
extern const metarl_kernels metarl_x86_64_v3_float;
extern const metarl_kernels metarl_x86_64_v3_double;
extern const metarl_kernels metarl_x86_64_v3_wide_float;
#endif
extern const metarl_kernels metarl_portable_float;
extern const metarl_kernels metarl_portable_double;
extern const metarl_kernels metarl_portable_wide_float;

#endif
