// metarl as a library: environments, trained runs and their adaptation, from C.
//
//     swift build -c release --product metarlc     # .build/release/libmetarlc.so
//     cc program.c -I Sources/CMetaRL/include -L .build/release -l metarlc
//
// Every function but those that return a text or a number answers with a status. Other statuses than METARL_OK leave the
// caller's buffers and the objects as they were, unless a function says otherwise; `metarl_message` then tells what was
// expected and what was found. Objects are handles, numbers that are used once: one that has been released, or of another
// kind, is answered with METARL_UNKNOWN_HANDLE. Every buffer comes with the number of its elements. Arrays are row-major;
// numbers are in SI units. Functions may be called from any thread; calls with the same handle wait for each other. A process
// that was forked must not use handles that another thread was using then.

#ifndef METARL_H
#define METARL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a function answers.
typedef enum {
  METARL_OK = 0,
  // A pointer that must not be null is null.
  METARL_NULL_POINTER = 1,
  // No object has this handle, or one of another kind.
  METARL_UNKNOWN_HANDLE = 2,
  // A buffer has another number of elements than the call needs.
  METARL_WRONG_SIZE = 3,
  // A number is none that the call can take, such as an action that is not a number.
  METARL_INVALID_VALUE = 4,
  // The object is not ready, such as an environment that was never reset.
  METARL_WRONG_STATE = 5,
  // What the command line would refuse: an unknown task or key, a missing file.
  METARL_REFUSED = 6
} metarl_status;

// Environments of one family, side by side as rows.
typedef uint64_t metarl_environment;
// A trained run of policies.
typedef uint64_t metarl_run;
// The policy of a run after some inner steps.
typedef uint64_t metarl_policy;

// Bits of the ends that `metarl_environment_step` writes.
enum {
  // The task has ended: what comes after has no value.
  METARL_TERMINATED = 1,
  // The horizon was reached: the episode would have gone on.
  METARL_TRUNCATED = 2
};

// The version of this interface: 2. A greater number has further functions; what is here stays.
uint32_t metarl_interface_version(void);

// The version of the program, as `metarl --version` prints it.
const char *metarl_program_version(void);

// What the last call of this thread had to say: the reason of its fault, a warning, or nothing. It is valid until the
// thread's next call.
const char *metarl_message(void);

// Texts. A function that writes one takes a buffer of `capacity` bytes, in which the text ends with a zero byte, and writes
// its number of bytes without that to `length`. Where the buffer is too small it answers METARL_WRONG_SIZE and writes the
// length alone, so that a first call with a capacity of 0, whose `text` may be null, asks for it.

// Writes the families of environments, a JSON array of objects with `name`, `summary` and `source`.
metarl_status metarl_families(char *text, size_t capacity, size_t *length);

// Makes `rows` environments of a family.
//
// `settings` has keys of the family as lines of `key=value`, such as "physics=lanes"; it may be null.
// `metarl list keys --task FAMILY` lists them.
metarl_status metarl_environment_make(
    const char *family, const char *settings, size_t rows, metarl_environment *environment);

metarl_status metarl_environment_release(metarl_environment environment);

// Writes a JSON object: `name`, `rows`, `horizon` (steps), `seconds_per_step` (null where steps have no duration),
// `observations` (an array of `name`, `joint`, `unit`, `scale` and `bound`, or null where there is none), `actions` (`name`,
// `joint`, `unit`, `scale`, `low` and `high`, or null) or `choices` (names), `reward_parts` (names), `tasks` (the names, where
// there are finitely many), `ends` (whether episodes may end before the horizon) and `is_drawn` (whether rows have scenes).
metarl_status metarl_environment_describe(
    metarl_environment environment, char *text, size_t capacity, size_t *length);

// Starts an episode of a task in every row.
//
// `task` is the name of a task, such as "forward"; the number of a held-out one from 1 on, "3", or "3@7" of those that
// `metarl evaluate --seed 7` draws (seed 1 where none is given); or the parameters of one, "[1.5]". Null draws one of the tasks
// of training. `seed` decides what is drawn, here and in the episodes to come; it is below 2^63.
// `observations` is [rows, observations].
metarl_status metarl_environment_reset(
    metarl_environment environment, const char *task, uint64_t seed, float *observations, size_t observation_count);

// Starts an episode of a task of its own in every row.
//
// `tasks` has a text for each row, as that of `metarl_environment_reset`; a null draws one of the tasks of training for the row.
// Families whose tasks are bodies, which all rows share, answer different tasks with METARL_REFUSED. Since version 2.
metarl_status metarl_environment_reset_rows(
    metarl_environment environment, const char *const *tasks, size_t task_count, uint64_t seed, float *observations,
    size_t observation_count);

// Writes the task of a row since the last reset, as `metarl_environment_task` does. Since version 2.
metarl_status metarl_environment_row_task(
    metarl_environment environment, size_t row, char *text, size_t capacity, size_t *length);

// Writes the task of the last reset, a JSON object: `name` and `parameters`. Rows with tasks of their own are answered with
// METARL_WRONG_STATE.
metarl_status metarl_environment_task(
    metarl_environment environment, char *text, size_t capacity, size_t *length);

// Starts a new episode of the same task, a row's own, in the rows whose byte is not 0, while the others go on. `rows` has a byte for each
// row. All of `observations`, [rows, observations], is written; it may be null, with a count of 0.
metarl_status metarl_environment_restart(
    metarl_environment environment, const uint8_t *rows, size_t row_count, float *observations,
    size_t observation_count);

// Advances every row by one step. None may have ended since it was started.
//
// `actions` is [rows, actions], which are clipped to their bounds and must not be NaN, or [rows] where actions are choices,
// which are counted from 0. `observations` is [rows, observations]; `rewards` and `ends`, the bits of METARL_TERMINATED and
// METARL_TRUNCATED, are [rows]. Where the physics fails the answer is METARL_INVALID_VALUE, and the buffers are written.
metarl_status metarl_environment_step(
    metarl_environment environment, const float *actions, size_t action_count, float *observations,
    size_t observation_count, float *rewards, size_t reward_count, uint8_t *ends, size_t end_count);

// Writes the parts whose sums are the rewards of the last step, [rows, reward_parts].
metarl_status metarl_environment_reward_parts(metarl_environment environment, float *parts, size_t count);

// Writes what a row looks like, of robots and points, a JSON object in metres: `limbs` (from the farthest on, with `start`, `end`,
// both [x, y], `radius` and `body`), `focus` [x, y], `goal` [x, y] or null, and `ground` (a height) or null; others are answered
// with METARL_REFUSED.
metarl_status metarl_environment_scene(
    metarl_environment environment, size_t row, char *text, size_t capacity, size_t *length);

// Reads a run: the path of its folder, or the name of one that comes with the program, "pretrained:cheetah-dir".
//
// `checkpoint` is an iteration, or "best"; null is the newest.
metarl_status metarl_run_load(const char *path, const char *checkpoint, metarl_run *run);

metarl_status metarl_run_release(metarl_run run);

// Writes a JSON object: `path` (of the run's folder), `task`, `algorithm`, `seed`, `iteration`, `inner_steps` and `episodes`
// (of an inner step of the training), `configuration` (by key, as texts), and `environment`, what `metarl_environment_describe` writes but the rows.
metarl_status metarl_run_describe(metarl_run run, char *text, size_t capacity, size_t *length);

// Makes the policy of a run before any adaptation.
metarl_status metarl_run_policy(metarl_run run, metarl_policy *policy);

// Makes the policy of a run after it has adapted to a task in environments of its own, as `metarl adapt` does.
//
// `task` is as in `metarl_environment_reset`, but not null. `steps` is the number of inner steps, that of the training where
// it is negative; `seed` is that of the episodes, the run's own where it is negative.
metarl_status metarl_run_adapt(metarl_run run, const char *task, int64_t steps, int64_t seed, metarl_policy *policy);

metarl_status metarl_policy_release(metarl_policy policy);

// Writes the actions that a policy deems best for some rows of observations, [rows, observations] as environments write them:
// [rows, actions], clipped as the environment clips them, or choices [rows].
metarl_status metarl_policy_act(
    metarl_policy policy, const float *observations, size_t observation_count, float *actions, size_t action_count);

// Writes actions by which to collect the episodes that a policy adapts to: samples with the deviation of the run's
// exploration, not yet clipped. `draw` numbers the draws of a seed, which have random numbers of their own.
metarl_status metarl_policy_explore(
    metarl_policy policy, uint64_t seed, uint32_t draw, const float *observations, size_t observation_count,
    float *actions, size_t action_count);

// Makes the policy after one more inner step, on episodes that were collected by `metarl_policy_explore` of this one.
//
// Arrays are time-major: `observations`, those before the actions, is [steps, episodes, observations], `actions`, as they
// were sampled, [steps, episodes, actions], or [steps, episodes] of choices, `rewards` [steps, episodes]. `lengths` has the
// number of actions of each episode; null means that all are as long as the arrays. There may be fewer episodes or steps than
// in the training, but not more steps than the horizon, and as many episodes as in the steps before.
metarl_status metarl_policy_adapt(
    metarl_policy policy, size_t episodes, const uint32_t *lengths, const float *observations,
    size_t observation_count, const float *actions, size_t action_count, const float *rewards, size_t reward_count,
    metarl_policy *adapted);

#ifdef __cplusplus
}
#endif

#endif
