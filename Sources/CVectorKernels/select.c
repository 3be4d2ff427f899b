// Chooses a level when a program starts. A table is used and not an ifunc (or target_clones, which is built on it):
// ifuncs are resolved before a sanitizer's runtime is ready and crash under thread sanitizer.
#include <stddef.h>
#include <string.h>

#include "levels.h"
#include "processor.h"

#if defined(__x86_64__)
static int has_v3(void) { return metarl_processor_has(METARL_X86_64_V3); }

static int has_v4(void) { return metarl_processor_has(METARL_X86_64_V4); }
#endif

/// A level: its name is that of its Float kernels. With `is_fastest` it is taken where no level is named; with
/// `has_same_bits` its bits are those of x86-64-v4.
typedef struct {
  const metarl_kernels *float_kernels, *double_kernels;
  int (*can_run)(void);
  int is_fastest, has_same_bits;
} level;

static int always(void) { return 1; }

/// The fastest first.
static const level levels[] = {
#if defined(__x86_64__)
    {&metarl_x86_64_v4_float, &metarl_x86_64_v3_double, has_v4, 1, 1},
    {&metarl_x86_64_v3_float, &metarl_x86_64_v3_double, has_v3, 1, 0},
    {&metarl_x86_64_v3_wide_float, &metarl_x86_64_v3_double, has_v3, 0, 1},
#endif
    {&metarl_portable_float, &metarl_portable_double, always, 1, 0},
    {&metarl_portable_wide_float, &metarl_portable_double, always, 0, 1},
};

static int is_wanted(const char *wanted, const level *level) {
  if (wanted == NULL) return level->is_fastest;
  if (strcmp(wanted, METARL_SAME_BITS) == 0) return level->has_same_bits;
  return strcmp(wanted, level->float_kernels->name) == 0;
}

const metarl_kernels *metarl_select_kernels(metarl_scalar scalar, const char *wanted) {
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    if (!is_wanted(wanted, &levels[i]) || !levels[i].can_run()) continue;
    return scalar == METARL_FLOAT ? levels[i].float_kernels : levels[i].double_kernels;
  }
  return NULL;
}
