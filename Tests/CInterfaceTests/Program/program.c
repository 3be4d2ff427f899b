// A program in C that uses the library as its users do, and misuses it: `scripts/check-c-interface` builds it under the address
// sanitizer and runs it.

#include <metarl.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

static void expect(int holds, const char *what, int line) {
  if (holds) return;
  fprintf(stderr, "line %d: expected %s; message: %s\n", line, what, metarl_message());
  failures++;
}

#define EXPECT(condition) expect(condition, #condition, __LINE__)

enum { rows = 40, observations = 17, actions = 6, steps = 100 };

// Buffers of the exact size on the heap, so that the sanitizer sees an access beside them.
static float *floats(size_t count) {
  float *buffer = malloc(count * sizeof *buffer);
  for (size_t index = 0; index < count; index++) buffer[index] = NAN;
  return buffer;
}

static char *description(metarl_status (*describe)(uint64_t, char *, size_t, size_t *), uint64_t handle) {
  size_t length = 0;
  EXPECT(describe(handle, NULL, 0, &length) == METARL_WRONG_SIZE);
  char *text = malloc(length + 1);
  EXPECT(describe(handle, text, length, &length) == METARL_WRONG_SIZE);
  EXPECT(describe(handle, text, length + 1, &length) == METARL_OK);
  EXPECT(strlen(text) == length && text[0] == '{');
  return text;
}

static void adapt(metarl_run run, metarl_policy policy, const char *task) {
  metarl_environment environment;
  EXPECT(metarl_environment_make("cheetah-dir", "physics=lanes", rows, &environment) == METARL_OK);
  float *observed = floats(rows * observations), *chosen = floats(rows * actions), *rewards = floats(rows);
  float *history = floats(steps * rows * observations), *taken = floats(steps * rows * actions);
  float *gains = floats(steps * rows);
  uint8_t *ends = malloc(rows);
  EXPECT(metarl_environment_reset(environment, task, 7, observed, rows * observations) == METARL_OK);
  for (int step = 0; step < steps; step++) {
    EXPECT(
        metarl_policy_explore(policy, 1, step, observed, rows * observations, chosen, rows * actions) == METARL_OK);
    memcpy(history + step * rows * observations, observed, rows * observations * sizeof(float));
    memcpy(taken + step * rows * actions, chosen, rows * actions * sizeof(float));
    EXPECT(
        metarl_environment_step(
            environment, chosen, rows * actions, observed, rows * observations, rewards, rows, ends, rows) ==
        METARL_OK);
    memcpy(gains + step * rows, rewards, rows * sizeof(float));
  }
  EXPECT(ends[0] == METARL_TRUNCATED);
  metarl_policy adapted = 0, own = 0;
  EXPECT(
      metarl_policy_adapt(
          policy, rows, NULL, history, steps * rows * observations, taken, steps * rows * actions, gains, steps * rows,
          &adapted) == METARL_OK);
  EXPECT(metarl_run_adapt(run, task, -1, -1, &own) == METARL_OK);
  metarl_policy policies[] = {adapted, own};
  for (int index = 0; index < 2; index++) {
    double sum = 0;
    EXPECT(metarl_environment_reset(environment, task, 8, observed, rows * observations) == METARL_OK);
    for (int step = 0; step < steps; step++) {
      EXPECT(metarl_policy_act(policies[index], observed, rows * observations, chosen, rows * actions) == METARL_OK);
      EXPECT(
          metarl_environment_step(
              environment, chosen, rows * actions, observed, rows * observations, rewards, rows, ends, rows) ==
          METARL_OK);
      for (int row = 0; row < rows; row++) sum += rewards[row] / rows;
    }
    printf("%s, %s: %.0f\n", task, index == 0 ? "on episodes of this program" : "by the library", sum);
    EXPECT(sum > 250);
    EXPECT(metarl_policy_release(policies[index]) == METARL_OK);
  }
  EXPECT(metarl_environment_release(environment) == METARL_OK);
  free(observed), free(chosen), free(rewards), free(history), free(taken), free(gains), free(ends);
}

// Every function with null pointers, short buffers and handles of nothing: a code and a text each time.
static void misuse(metarl_run run, metarl_policy policy) {
  uint64_t handles[] = {0, 1ull << 40, UINT64_MAX, run, policy};
  float one[1] = {0};
  uint8_t byte[1] = {0};
  uint64_t made;
  for (size_t index = 0; index < sizeof handles / sizeof *handles; index++) {
    uint64_t handle = handles[index];
    EXPECT(metarl_environment_reset(handle, "forward", 1, one, 1) != METARL_OK);
    EXPECT(metarl_environment_step(handle, one, 1, one, 1, one, 1, byte, 1) != METARL_OK);
    EXPECT(metarl_environment_restart(handle, byte, 1, one, 1) != METARL_OK);
    EXPECT(metarl_environment_reward_parts(handle, one, 1) != METARL_OK);
    EXPECT(metarl_environment_describe(handle, NULL, 0, NULL) != METARL_OK);
    EXPECT(metarl_environment_task(handle, NULL, 5, NULL) != METARL_OK);
    EXPECT(metarl_environment_release(handle) != METARL_OK);
    EXPECT(metarl_run_describe(handle, NULL, 5, NULL) != METARL_OK);
    EXPECT(metarl_run_policy(handle, NULL) != METARL_OK);
    EXPECT(metarl_run_adapt(handle, NULL, -1, -1, &made) != METARL_OK);
    EXPECT(metarl_policy_act(handle, one, 1, one, 1) != METARL_OK);
    EXPECT(metarl_policy_act(handle, NULL, 17, NULL, 6) != METARL_OK);
    EXPECT(metarl_policy_explore(handle, 0, 0, one, 1, one, 1) != METARL_OK);
    EXPECT(metarl_policy_adapt(handle, 0, NULL, one, 1, one, 1, one, 1, &made) != METARL_OK);
    EXPECT(metarl_policy_adapt(handle, 1, NULL, one, 1, one, 1, one, 1, &made) != METARL_OK);
    EXPECT(metarl_policy_adapt(handle, SIZE_MAX, NULL, NULL, 0, NULL, 0, NULL, 0, &made) != METARL_OK);
    EXPECT(metarl_message()[0] != 0);
  }
  EXPECT(metarl_environment_make(NULL, NULL, 1, &made) == METARL_NULL_POINTER);
  EXPECT(metarl_environment_make("cheetah-dir", "physics=lanes", SIZE_MAX, &made) == METARL_INVALID_VALUE);
  EXPECT(metarl_run_load(NULL, NULL, &made) == METARL_NULL_POINTER);
  EXPECT(metarl_run_load("/nowhere", NULL, &made) == METARL_REFUSED);
  EXPECT(metarl_run_load("pretrained:cheetah-dir", "0", &made) == METARL_REFUSED);
  EXPECT(metarl_run_load("pretrained:cheetah-dir", NULL, NULL) == METARL_NULL_POINTER);
  EXPECT(metarl_families(NULL, 0, NULL) == METARL_NULL_POINTER);
}

int main(void) {
  EXPECT(metarl_interface_version() >= 1 && metarl_program_version()[0] != 0);
  metarl_run run;
  metarl_policy policy;
  EXPECT(metarl_run_load("pretrained:cheetah-dir", NULL, &run) == METARL_OK);
  EXPECT(metarl_run_policy(run, &policy) == METARL_OK);
  free(description(metarl_run_describe, run));
  adapt(run, policy, "forward");
  adapt(run, policy, "backward");
  misuse(run, policy);
  EXPECT(metarl_run_release(run) == METARL_OK && metarl_run_release(run) == METARL_UNKNOWN_HANDLE);
  EXPECT(metarl_policy_release(policy) == METARL_OK && metarl_policy_release(policy) == METARL_UNKNOWN_HANDLE);
  if (failures == 0) puts("the C interface holds");
  return failures == 0 ? 0 : 1;
}
