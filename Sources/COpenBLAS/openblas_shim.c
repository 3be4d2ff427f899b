#define _GNU_SOURCE
#include "openblas_shim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "processor.h"

// The values of CBLAS's enumerations (cblas.h); Debian's library has integers of 32 bits.
enum { row_major = 101, as_it_is = 111, transposed = 112 };

typedef void sgemm_function(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *,
                            int);
typedef void dgemm_function(int, int, int, int, int, int, double, const double *, int, const double *, int, double,
                            double *, int);
typedef void set_threads_function(int);
typedef char *text_function(void);

static struct {
  sgemm_function *sgemm;
  dgemm_function *dgemm;
  text_function *kernel_name;
  text_function *configuration;
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int is_loaded;

// Its kernels for a processor of the level that METARL_LEVEL names; NULL for those of this processor.
static const char *limited_kernels(void) {
  switch (metarl_wanted_level()) {
    case METARL_LEVEL_V3: return "Haswell";
    case METARL_LEVEL_PORTABLE: return "Nehalem";
    default: return NULL;
  }
}

// The library reads this when it is loaded. It is set before `main`, since no other thread may look at the environment
// while it changes.
__attribute__((constructor)) static void set_environment(void) {
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  if (limited_kernels()) setenv("OPENBLAS_CORETYPE", limited_kernels(), 1);
}

static void end(const char *reason) {
  fprintf(stderr, "metarl: cannot load OpenBLAS: %s\n", reason ? reason : "no reason given");
  _Exit(72);
}

static void *symbol(void *handle, const char *name) {
  void *address = dlsym(handle, name);
  if (!address) end(dlerror());
  return address;
}

static void load(void) {
  void *handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!handle) end(dlerror());
  library.sgemm = (sgemm_function *)symbol(handle, "cblas_sgemm");
  library.dgemm = (dgemm_function *)symbol(handle, "cblas_dgemm");
  library.kernel_name = (text_function *)symbol(handle, "openblas_get_corename");
  library.configuration = (text_function *)symbol(handle, "openblas_get_config");
  // One thread a product: the project is parallel over tasks.
  ((set_threads_function *)symbol(handle, "openblas_set_num_threads"))(1);
  atomic_store(&is_loaded, 1);
}

#define MULTIPLY(gemm)                                                                                                  \
  library.gemm(row_major, product->transposes_left ? transposed : as_it_is,                                             \
               product->transposes_right ? transposed : as_it_is, product->rows, product->columns, product->inner, 1, left, \
               product->left_stride, right, product->right_stride, product->accumulates ? 1 : 0, out, product->out_stride)

void metarl_multiply(const metarl_large_product *product, const void *left, const void *right, void *out) {
  pthread_once(&once, load);
  if (product->is_double) {
    MULTIPLY(dgemm);
  } else {
    MULTIPLY(sgemm);
  }
}

const char *metarl_openblas_kernel_name(void) {
  pthread_once(&once, load);
  return library.kernel_name();
}

const char *metarl_openblas_configuration(void) {
  pthread_once(&once, load);
  return library.configuration();
}

int metarl_openblas_is_loaded(void) { return atomic_load(&is_loaded); }
