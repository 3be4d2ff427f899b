// The files that are part of the program: runs that were trained, and the page of reports.
#ifndef METARL_EMBEDDED_H
#define METARL_EMBEDDED_H

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

/// The page of reports, without its content; writes the number of its bytes.
const uint8_t *metarl_report_page(size_t *count);

typedef struct {
  /// The name of the file.
  const char *name;
  const uint8_t *bytes;
  size_t count;
} metarl_stored_result;

/// The results of recipes; writes their number.
const metarl_stored_result *metarl_stored_results(size_t *count);

/// The version of the program.
const char *metarl_version(void);

#endif
