#include "embedded.h"

// The bytes are embedded by the compiler: as a literal of Swift they would take it seconds.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t cheetah_dir_config[] = {
#embed "pretrained/cheetah-dir/config.yaml"
};
static const uint8_t cheetah_dir_checkpoint[] = {
#embed "pretrained/cheetah-dir/iteration-001000.safetensors"
};
static const uint8_t cheetah_dir_evaluation[] = {
#embed "pretrained/cheetah-dir/evaluation.json"
};

static const metarl_pretrained_file files[] = {
    {"cheetah-dir", "config.yaml", cheetah_dir_config, sizeof cheetah_dir_config},
    {"cheetah-dir", "checkpoints/iteration-001000.safetensors", cheetah_dir_checkpoint, sizeof cheetah_dir_checkpoint},
    {"cheetah-dir", "evaluation.json", cheetah_dir_evaluation, sizeof cheetah_dir_evaluation},
};

const metarl_pretrained_file *metarl_pretrained_files(size_t *count) {
  *count = sizeof files / sizeof files[0];
  return files;
}

static const uint8_t report_page[] = {
#embed "report/report.html"
};

const uint8_t *metarl_report_page(size_t *count) {
  *count = sizeof report_page;
  return report_page;
}

const char *metarl_version(void) { return METARL_VERSION; }
