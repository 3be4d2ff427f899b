// The runs that come with the program, as the bytes of their files.
#ifndef METARL_PRETRAINED_H
#define METARL_PRETRAINED_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  /// The name of the run.
  const char *run;
  /// The path of the file in the folder of the run.
  const char *path;
  const uint8_t *bytes;
  size_t count;
} metarl_pretrained_file;

/// All files of all runs; writes their number.
const metarl_pretrained_file *metarl_pretrained_files(size_t *count);

#endif
