// The shim to OpenSSL's libcrypto, for SHA-256: what libssl-dev installs, under one module name.
#include <openssl/evp.h>
