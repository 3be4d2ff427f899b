// What Swift sees of the module; C and C++ include processor.h itself.
#include "processor.h"
