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

// For no name the first level that runs here, without the wide ones; for METARL_SAME_BITS the first of those whose bits are
// those of x86-64-v4.
typedef enum { FASTEST_ONLY, SAME_BITS_ONLY, EITHER } choice;

static int is_wanted(const char *wanted, const char *name, choice choice) {
  if (wanted == NULL) return choice != SAME_BITS_ONLY;
  if (strcmp(wanted, METARL_SAME_BITS) == 0) return choice != FASTEST_ONLY;
  return strcmp(wanted, name) == 0;
}

#if defined(__x86_64__)
#define SELECT_X86_64(scalar)                                                                                         \
  if (is_wanted(wanted, metarl_x86_64_v4_##scalar.name, EITHER) && has_v4()) return &metarl_x86_64_v4_##scalar;       \
  if (is_wanted(wanted, metarl_x86_64_v3_##scalar.name, FASTEST_ONLY) && has_v3()) return &metarl_x86_64_v3_##scalar; \
  if (is_wanted(wanted, metarl_x86_64_v3_wide_##scalar.name, SAME_BITS_ONLY) && has_v3()) {                           \
    return &metarl_x86_64_v3_wide_##scalar;                                                                           \
  }
#else
#define SELECT_X86_64(scalar)
#endif

#define SELECT(scalar)                                                                                              \
  const metarl_kernels_##scalar *metarl_select_kernels_##scalar(const char *wanted) {                               \
    SELECT_X86_64(scalar)                                                                                           \
    if (is_wanted(wanted, metarl_portable_##scalar.name, FASTEST_ONLY)) return &metarl_portable_##scalar;           \
    if (is_wanted(wanted, metarl_portable_wide_##scalar.name, SAME_BITS_ONLY)) return &metarl_portable_wide_##scalar; \
    return NULL;                                                                                                    \
  }

SELECT(float)
SELECT(double)
