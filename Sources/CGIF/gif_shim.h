// The shim of giflib: what libgif-dev installs, under one module name.
#include <stddef.h>
#include <stdio.h>
#include <gif_lib.h>
