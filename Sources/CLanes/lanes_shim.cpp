#include "lanes_shim.h"

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "levels.h"
#include "topology.h"

using namespace lanes;

namespace {

/// Vectors are read where they lie, so that groups start at a multiple of the widest one's bytes.
constexpr size_t alignment = 64;

struct Free {
  void operator()(float *memory) const { std::free(memory); }
};

}  // namespace

struct clanes_pool {
  clanes_robot robot;
  clanes_solver solver;
  const Level *level;
  int count;
  /// Where a row was before its last step, in double precision: x moves nothing else.
  std::vector<double> x;
  std::unique_ptr<float, Free> groups;

  /// The first lane of a row's numbers; the next field is `level->lanes` further.
  float *lane(int row) const {
    return groups.get() + size_t(row / level->lanes) * fieldCount * level->lanes + row % level->lanes;
  }

  /// Lanes that belong to a row: the last one owns those that are left over.
  int lanesOf(int row) const { return row + 1 < count ? 1 : level->lanes - row % level->lanes; }

  void write(int row, int field, float value) {
    float *place = lane(row) + field * level->lanes;
    for (int copy = 0; copy < lanesOf(row); ++copy) place[copy] = value;
  }

  float read(int row, int field) const { return lane(row)[field * level->lanes]; }
};

const char *clanes_default_level(void) { return selectLevel(nullptr)->name; }

clanes_pool *clanes_pool_create(
    const clanes_robot *robot, clanes_solver solver, int32_t count, const char *level_name) {
  const Level *level = selectLevel(level_name);
  if (!level) return nullptr;
  try {
    size_t groupCount = (size_t(count) + level->lanes - 1) / level->lanes;
    size_t bytes = groupCount * fieldCount * level->lanes * sizeof(float);
    bytes = (bytes + alignment - 1) / alignment * alignment;
    std::unique_ptr<float, Free> groups(static_cast<float *>(std::aligned_alloc(alignment, bytes)));
    if (!groups) return nullptr;
    for (size_t index = 0; index < bytes / sizeof(float); ++index) groups.get()[index] = 0;
    return new clanes_pool{*robot, solver, level, count, std::vector<double>(count), std::move(groups)};
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

void clanes_pool_destroy(clanes_pool *pool) { delete pool; }

void clanes_pool_reset(clanes_pool *pool, int32_t row, const double *positions, const double *velocities) {
  pool->x[row] = positions[0];
  double pitch[bodyCount], spin[bodyCount];
  for (int body = 0; body < bodyCount; ++body) {
    int parent = parentBody[body];
    pitch[body] = positions[body + 2] + (parent < 0 ? 0 : pitch[parent]);
    spin[body] = velocities[body + 2] + (parent < 0 ? 0 : spin[parent]);
    pool->write(row, fieldPitch + body, float(pitch[body]));
    pool->write(row, fieldSpin + body, float(spin[body]));
  }
  pool->write(row, fieldX, 0);
  pool->write(row, fieldZ, float(positions[1]));
  pool->write(row, fieldSpeedX, float(velocities[0]));
  pool->write(row, fieldSpeedZ, float(velocities[1]));
  for (int field = fieldNormalImpulse; field < fieldCount; ++field) pool->write(row, field, 0);
}

void clanes_pool_step(clanes_pool *pool, const float *actions, int32_t physics_steps, double *displacements) {
  pool->level->step(
      pool->robot, pool->solver, pool->groups.get(), pool->count, actions, physics_steps, displacements);
  for (int row = 0; row < pool->count; ++row) pool->x[row] += displacements[row];
}

void clanes_pool_observe(const clanes_pool *pool, float *observations) {
  pool->level->observe(pool->groups.get(), pool->count, observations);
}

void clanes_pool_read(const clanes_pool *pool, int32_t row, double *positions, double *velocities) {
  positions[0] = pool->x[row];
  positions[1] = pool->read(row, fieldZ);
  velocities[0] = pool->read(row, fieldSpeedX);
  velocities[1] = pool->read(row, fieldSpeedZ);
  for (int body = 0; body < bodyCount; ++body) {
    int parent = parentBody[body];
    // The difference of single-precision numbers, as observations have it.
    positions[body + 2] =
        pool->read(row, fieldPitch + body) - (parent < 0 ? 0.0f : pool->read(row, fieldPitch + parent));
    velocities[body + 2] =
        pool->read(row, fieldSpin + body) - (parent < 0 ? 0.0f : pool->read(row, fieldSpin + parent));
  }
}

void clanes_pool_save(const clanes_pool *pool, int32_t row, double *x, float *numbers) {
  *x = pool->x[row];
  for (int field = fieldZ; field < fieldCount; ++field) numbers[field - fieldZ] = pool->read(row, field);
}

void clanes_pool_restore(clanes_pool *pool, int32_t row, double x, const float *numbers) {
  pool->x[row] = x;
  for (int field = fieldZ; field < fieldCount; ++field) pool->write(row, field, numbers[field - fieldZ]);
}
