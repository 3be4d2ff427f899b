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

// The results of recipes, as `metarl reproduce` writes them.
static const uint8_t estimators_result[] = {
#embed "results/estimators.json"
};

static const uint8_t imaml_figure_2a_result[] = {
#embed "results/imaml-figure-2a.json"
};
static const uint8_t mlsr_figure_3_five_steps_result[] = {
#embed "results/mlsr-figure-3-five-steps.json"
};
static const uint8_t mlsr_figure_3_one_step_result[] = {
#embed "results/mlsr-figure-3-one-step.json"
};
static const uint8_t mt_net_table_1_result[] = {
#embed "results/mt-net-table-1.json"
};

static const metarl_stored_result results[] = {
    {"estimators", estimators_result, sizeof estimators_result},
    {"imaml-figure-2a", imaml_figure_2a_result, sizeof imaml_figure_2a_result},
    {"mlsr-figure-3-five-steps", mlsr_figure_3_five_steps_result, sizeof mlsr_figure_3_five_steps_result},
    {"mlsr-figure-3-one-step", mlsr_figure_3_one_step_result, sizeof mlsr_figure_3_one_step_result},
    {"mt-net-table-1", mt_net_table_1_result, sizeof mt_net_table_1_result},
};

const metarl_stored_result *metarl_stored_results(size_t *count) {
  *count = sizeof results / sizeof results[0];
  return results;
}

const char *metarl_version(void) { return METARL_VERSION; }
