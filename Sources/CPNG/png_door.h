// The door to libpng: what libpng-dev installs, under one module name.
#include <png.h>
