// The shim of libexpat: what libexpat1-dev installs, under one module name.
#include <expat.h>
