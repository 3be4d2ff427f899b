// The shim to libarchive: what libarchive-dev installs, under one module name.
#include <archive.h>
#include <archive_entry.h>
