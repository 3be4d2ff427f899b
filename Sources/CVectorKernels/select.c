// Chooses a level when a program starts. A table is used and not an ifunc (or target_clones, which is built on it):
// ifuncs are resolved before a sanitizer's runtime is ready and crash under thread sanitizer.
#include <stddef.h>
#include <string.h>

#include "levels.h"

#if defined(__x86_64__)
static int has_v3(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2");
}

static int has_v4(void) {
  return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

static int is_wanted(const char *wanted, const char *name) { return wanted == NULL || strcmp(wanted, name) == 0; }

const metarl_kernels_float *metarl_select_kernels_float(const char *wanted) {
#if defined(__x86_64__)
  if (is_wanted(wanted, metarl_x86_64_v4_float.name) && has_v4()) return &metarl_x86_64_v4_float;
  if (is_wanted(wanted, metarl_x86_64_v3_float.name) && has_v3()) return &metarl_x86_64_v3_float;
#endif
  return is_wanted(wanted, metarl_portable_float.name) ? &metarl_portable_float : NULL;
}

const metarl_kernels_double *metarl_select_kernels_double(const char *wanted) {
#if defined(__x86_64__)
  if (is_wanted(wanted, metarl_x86_64_v4_double.name) && has_v4()) return &metarl_x86_64_v4_double;
  if (is_wanted(wanted, metarl_x86_64_v3_double.name) && has_v3()) return &metarl_x86_64_v3_double;
#endif
  return is_wanted(wanted, metarl_portable_double.name) ? &metarl_portable_double : NULL;
}
