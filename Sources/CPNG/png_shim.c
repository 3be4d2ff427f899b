#include "png_shim.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct metarl_png {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count;
  size_t position;
  metarl_png_shape shape;
  int passes;
  int has_failed;
  char fault[128];
};

static void read_bytes(png_structp png, png_bytep target, png_size_t count) {
  metarl_png *reader = png_get_io_ptr(png);
  if (count > reader->count - reader->position) png_error(png, "the file ends too early");
  memcpy(target, reader->bytes + reader->position, count);
  reader->position += count;
}

static void fail(png_structp png, png_const_charp message) {
  metarl_png *reader = png_get_error_ptr(png);
  reader->has_failed = 1;
  strncpy(reader->fault, message ? message : "no reason given", sizeof reader->fault - 1);
  png_longjmp(png, 1);
}

// A warning is of what does not change a pixel.
static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

metarl_png *metarl_png_open(const uint8_t *bytes, size_t count, metarl_png_shape *shape) {
  metarl_png *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->bytes = bytes;
  reader->count = count;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, fail, ignore);
  reader->info = reader->png ? png_create_info_struct(reader->png) : NULL;
  if (!reader->info) {
    metarl_png_close(reader);
    return NULL;
  }
  if (setjmp(png_jmpbuf(reader->png))) return reader;
  png_set_read_fn(reader->png, reader, read_bytes);
  png_read_info(reader->png, reader->info);
  // Fewer than 8 bits, palettes and transparent colours become numbers of 8 bits and an opacity.
  png_set_expand(reader->png);
  png_set_scale_16(reader->png);
  reader->passes = png_set_interlace_handling(reader->png);
  png_read_update_info(reader->png, reader->info);
  reader->shape.height = png_get_image_height(reader->png, reader->info);
  reader->shape.width = png_get_image_width(reader->png, reader->info);
  reader->shape.channels = png_get_channels(reader->png, reader->info);
  if (png_get_rowbytes(reader->png, reader->info) != (size_t)reader->shape.width * reader->shape.channels)
    png_error(reader->png, "numbers of other than 8 bits");
  *shape = reader->shape;
  return reader;
}

const char *metarl_png_fault(const metarl_png *reader) { return reader->has_failed ? reader->fault : NULL; }

void metarl_png_read(metarl_png *reader, uint8_t *pixels) {
  if (reader->has_failed) return;
  if (setjmp(png_jmpbuf(reader->png))) return;
  size_t row_size = (size_t)reader->shape.width * reader->shape.channels;
  for (int pass = 0; pass < reader->passes; ++pass)
    for (uint32_t row = 0; row < reader->shape.height; ++row)
      png_read_row(reader->png, pixels + row * row_size, NULL);
}

void metarl_png_close(metarl_png *reader) {
  if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader);
}
