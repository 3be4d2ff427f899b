// The results of recipes and studies, as `metarl reproduce` writes them: written by scripts/store-results.
#include "embedded.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t cheetah_dir_lanes_result[] = {
#embed "results/cheetah-dir-lanes.json"
};
static const uint8_t estimators_result[] = {
#embed "results/estimators.json"
};
static const uint8_t imaml_figure_2a_result[] = {
#embed "results/imaml-figure-2a.json"
};
static const uint8_t linear_classification_limit_result[] = {
#embed "results/linear-classification-limit.json"
};
static const uint8_t meta_rl_suite_result[] = {
#embed "results/meta-rl-suite.json"
};
static const uint8_t mlsr_figure_2_result[] = {
#embed "results/mlsr-figure-2.json"
};
static const uint8_t mlsr_figure_3_five_steps_result[] = {
#embed "results/mlsr-figure-3-five-steps.json"
};
static const uint8_t mlsr_figure_3_one_step_result[] = {
#embed "results/mlsr-figure-3-one-step.json"
};
static const uint8_t mlsr_figure_6_result[] = {
#embed "results/mlsr-figure-6.json"
};
static const uint8_t mlsr_l1_strength_result[] = {
#embed "results/mlsr-l1-strength.json"
};
static const uint8_t mlsr_theorem_1_result[] = {
#embed "results/mlsr-theorem-1.json"
};
static const uint8_t mt_net_figure_4_result[] = {
#embed "results/mt-net-figure-4.json"
};
static const uint8_t mt_net_table_1_result[] = {
#embed "results/mt-net-table-1.json"
};
static const uint8_t mt_net_table_2_result[] = {
#embed "results/mt-net-table-2.json"
};

static const metarl_stored_result results[] = {
    {"cheetah-dir-lanes", cheetah_dir_lanes_result, sizeof cheetah_dir_lanes_result},
    {"estimators", estimators_result, sizeof estimators_result},
    {"imaml-figure-2a", imaml_figure_2a_result, sizeof imaml_figure_2a_result},
    {"linear-classification-limit", linear_classification_limit_result, sizeof linear_classification_limit_result},
    {"meta-rl-suite", meta_rl_suite_result, sizeof meta_rl_suite_result},
    {"mlsr-figure-2", mlsr_figure_2_result, sizeof mlsr_figure_2_result},
    {"mlsr-figure-3-five-steps", mlsr_figure_3_five_steps_result, sizeof mlsr_figure_3_five_steps_result},
    {"mlsr-figure-3-one-step", mlsr_figure_3_one_step_result, sizeof mlsr_figure_3_one_step_result},
    {"mlsr-figure-6", mlsr_figure_6_result, sizeof mlsr_figure_6_result},
    {"mlsr-l1-strength", mlsr_l1_strength_result, sizeof mlsr_l1_strength_result},
    {"mlsr-theorem-1", mlsr_theorem_1_result, sizeof mlsr_theorem_1_result},
    {"mt-net-figure-4", mt_net_figure_4_result, sizeof mt_net_figure_4_result},
    {"mt-net-table-1", mt_net_table_1_result, sizeof mt_net_table_1_result},
    {"mt-net-table-2", mt_net_table_2_result, sizeof mt_net_table_2_result},
};

const metarl_stored_result *metarl_stored_results(size_t *count) {
  *count = sizeof results / sizeof results[0];
  return results;
}
