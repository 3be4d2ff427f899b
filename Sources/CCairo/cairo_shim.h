// The shim of Cairo: what libcairo2-dev installs, under one module name.
#include <cairo.h>
#include <cairo-svg.h>
