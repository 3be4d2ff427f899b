// The shim to libpng, which libpng-dev installs: the library's declarations, and a reader of stored values. libpng reports
// errors by long jumps, which must not pass through Swift: they stay inside these functions.
#ifndef METARL_PNG_SHIM_H
#define METARL_PNG_SHIM_H

#include <png.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A reader of a PNG file.
typedef struct metarl_png metarl_png;

// The sizes of an image: rows, pixels in a row, and channels of 8 bits: 1 for grey, 2 for grey and opacity, 3 for red,
// green and blue, 4 for these and opacity.
typedef struct metarl_png_shape {
  uint32_t height;
  uint32_t width;
  uint32_t channels;
} metarl_png_shape;

// Reads everything before the pixels. `bytes` must stay valid until the file is closed. Returns a reader whatever the file
// is, or NULL if memory is short.
metarl_png *metarl_png_open(const uint8_t *bytes, size_t count, metarl_png_shape *shape);

// The reason why the last call failed, or NULL if it did not.
const char *metarl_png_fault(const metarl_png *reader);

// Writes [height, width, channels] to `pixels`: the stored values, of which those of 16 bits are divided by 257 and those
// of fewer than 8 bits are scaled up, without gamma or colour profiles.
void metarl_png_read(metarl_png *reader, uint8_t *pixels);

// Frees a reader.
void metarl_png_close(metarl_png *reader);

#ifdef __cplusplus
}
#endif

#endif
