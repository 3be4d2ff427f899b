// The door to OpenBLAS: the C interface that libopenblas-dev installs, under one module name.
#include <cblas.h>
