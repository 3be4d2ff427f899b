// The shim to libpng, which libpng-dev installs: what it declares, and a reader of stored values. libpng reports faults by
// long jumps, which must not pass through Swift: they stay inside these functions.
#ifndef METARL_PNG_DOOR_H
#define METARL_PNG_DOOR_H

#include <png.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A file that is being read.
typedef struct metarl_png metarl_png;

// The sizes of a picture: rows, pixels in a row, and numbers of 8 bits a pixel: 1 grey, 2 grey and opacity, 3 red, green
// and blue, 4 these and opacity.
typedef struct metarl_png_shape {
  uint32_t height;
  uint32_t width;
  uint32_t channels;
} metarl_png_shape;

// Reads all that comes before the pixels. `bytes` must stay until the file is closed. Returns a reader whatever the file
// is, or NULL where there is no memory.
metarl_png *metarl_png_open(const uint8_t *bytes, size_t count, metarl_png_shape *shape);

// Why the last call failed, or NULL if it did not.
const char *metarl_png_fault(const metarl_png *reader);

// Writes [height, width, channels] to `pixels`: the numbers that are stored, those of 16 bits divided by 257 and those of
// fewer than 8 stretched, without any regard to gamma or colour profiles.
void metarl_png_read(metarl_png *reader, uint8_t *pixels);

// Ends a reader.
void metarl_png_close(metarl_png *reader);

#ifdef __cplusplus
}
#endif

#endif
