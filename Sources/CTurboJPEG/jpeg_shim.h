// The shim to libjpeg-turbo by its TurboJPEG interface, which reports faults as values; libturbojpeg0-dev installs it.
#include <turbojpeg.h>
