#include "box2d_shim.h"

#include <box2d/box2d.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "robot_step.h"
#include "robot_world.h"

using shim::Hinge;
using shim::Robot;
using shim::Row;
using shim::StepScratch;

struct cbox2d_pool {
  Robot robot;
  std::vector<Row> rows;
  std::vector<float> torques;
  StepScratch scratch;

  cbox2d_pool(const cbox2d_robot& robot, int32_t count)
      : robot(robot), rows(count), torques(robot.body_count), scratch(this->robot) {}
};

cbox2d_pool* cbox2d_pool_create(const cbox2d_robot* robot, int32_t count) {
  shim::prepareContacts();
  try {
    auto pool = new cbox2d_pool(*robot, count);
    for (auto& row : pool->rows) {
      row.bodies.resize(robot->body_count);
      row.joints.resize(robot->body_count);
      row.atLimit.resize(robot->body_count);
    }
    return pool;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void cbox2d_pool_destroy(cbox2d_pool* pool) { delete pool; }

void cbox2d_pool_reset(cbox2d_pool* pool, int32_t index, const double* positions, const double* velocities) {
  shim::resetRow(pool->robot, pool->rows[index], positions, velocities);
}

void cbox2d_pool_step(cbox2d_pool* pool, const float* actions, int32_t physics_steps, double* displacements) {
  const Robot& robot = pool->robot;
  const b2Vec2 origin = shim::rootOrigin(robot);
  for (size_t index = 0; index < pool->rows.size(); ++index) {
    Row& row = pool->rows[index];
    std::fill(pool->torques.begin(), pool->torques.end(), 0.0f);
    for (const auto& motor : robot.motors) pool->torques[motor.body] += float(motor.gear) * *actions++;
    double start = row.bodies[0]->GetWorldPoint(origin).x;
    for (int step = 0; step < physics_steps; ++step) {
      shim::stepRobot(robot, row, pool->torques.data(), pool->scratch);
    }
    displacements[index] = row.cappedBody < 0 ? row.bodies[0]->GetWorldPoint(origin).x - start : NAN;
  }
}

namespace {

/// Calls `take` with every position, then every velocity, of a robot, from single-precision world state.
template <typename Take>
inline void readRow(const Robot& robot, const Row& row, Take take) {
  const auto& reference = robot.bodies[0];
  const b2Body* root = row.bodies[0];
  const b2Vec2 place = root->GetWorldPoint(shim::rootOrigin(robot));
  take(place.x - reference.anchor_x);
  take(place.y - reference.anchor_z);
  take(-root->GetAngle());
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const Hinge& hinge = robot.hinges[index];
    take(hinge.sign * (double(row.bodies[index]->GetAngle()) - row.bodies[hinge.parent]->GetAngle()));
  }
  take(row.originSpeedX);
  take(row.originSpeedY);
  take(-root->GetAngularVelocity());
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const Hinge& hinge = robot.hinges[index];
    double parentSpin = row.bodies[hinge.parent]->GetAngularVelocity();
    take(hinge.sign * (row.bodies[index]->GetAngularVelocity() - parentSpin));
  }
}

}  // namespace

void cbox2d_pool_observe(const cbox2d_pool* pool, float* observations) {
  for (const Row& row : pool->rows) {
    bool first = true;
    readRow(pool->robot, row, [&](double value) {
      if (!first) *observations++ = row.cappedBody < 0 ? float(value) : NAN;
      first = false;
    });
  }
}

void cbox2d_pool_read(const cbox2d_pool* pool, int32_t index, double* positions, double* velocities) {
  int coordinates = pool->robot.coordinates(), next = 0;
  readRow(pool->robot, pool->rows[index], [&](double value) {
    (next < coordinates ? positions[next] : velocities[next - coordinates]) = value;
    ++next;
  });
}

int32_t cbox2d_pool_capped_body(const cbox2d_pool* pool, int32_t index) { return pool->rows[index].cappedBody; }

void cbox2d_pool_read_center(const cbox2d_pool* pool, int32_t index, double center[4]) {
  double mass = 0;
  std::fill(center, center + 4, 0.0);
  for (const b2Body* body : pool->rows[index].bodies) {
    double share = body->GetMass();
    center[0] += share * body->GetWorldCenter().x;
    center[1] += share * body->GetWorldCenter().y;
    center[2] += share * body->GetLinearVelocity().x;
    center[3] += share * body->GetLinearVelocity().y;
    mass += share;
  }
  for (int index = 0; index < 4; ++index) center[index] /= mass;
}
