#include "lanes_shim.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "levels.h"

using namespace lanes;

namespace {

/// Vectors are read where they lie, so that groups start at a multiple of the widest one's bytes.
constexpr size_t alignment = 64;

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};

/// Memory of zeros; nullptr where there is none.
std::unique_ptr<float, Free> allocate(size_t bytes) {
  bytes = (std::max(bytes, alignment) + alignment - 1) / alignment * alignment;
  std::unique_ptr<float, Free> memory(static_cast<float *>(std::aligned_alloc(alignment, bytes)));
  if (memory) std::memset(memory.get(), 0, bytes);
  return memory;
}

/// Further away than any robot gets: a limit or a contact that never acts.
constexpr float unreachable = 1e6f;

clanes_contact unusedContact(int joint) {
  clanes_contact contact{};
  contact.joint = joint;
  contact.radius = -unreachable;
  contact.softness.inverse_width = 1;
  contact.normal_softness = contact.tangent_softness = 1;
  return contact;
}

clanes_pair unusedPair(int first, int second) {
  clanes_pair pair{};
  pair.first = first;
  pair.second = second;
  pair.first_radius = -unreachable;
  pair.softness.inverse_width = 1;
  pair.normal_softness = pair.tangent_softness = 1;
  return pair;
}

/// The number of contacts of each joint.
std::vector<int> contactCounts(const clanes_robot &robot) {
  std::vector<int> counts(CLANES_MOST_JOINTS, 0);
  for (int contact = 0; contact < robot.contact_count; ++contact) ++counts[robot.contacts[contact].joint];
  return counts;
}

bool isFreeRoot(const clanes_robot &robot) {
  if (robot.joint_count < 3) return false;
  const clanes_joint *joints = robot.joints;
  bool isFree = joints[0].is_slide && joints[0].axis_x == 1 && joints[1].is_slide && joints[1].axis_z == 1;
  for (int joint = 0; joint < robot.joint_count; ++joint) {
    bool isOfRoot = joint < 3;
    isFree = isFree && (isOfRoot ? !joints[joint].is_driven && !joints[joint].is_limited : true);
    isFree = isFree && (joints[joint].is_slide != 0) == (joint < 2);
  }
  return isFree;
}

/// Whether a compiled tree moves a robot: the joints are the same, and each contact and pair has a place.
template <typename Shape> bool fits(const clanes_robot &robot) {
  if (robot.joint_count != Shape::jointCount || !isFreeRoot(robot)) return false;
  std::vector<int> counts = contactCounts(robot);
  for (int joint = 0; joint < Shape::jointCount; ++joint) {
    int parent = robot.joints[joint].parent < 0 ? Shape::jointCount : robot.joints[joint].parent;
    if (parent != Shape::parents[joint] || counts[joint] > Shape::contactCounts[joint]) return false;
  }
  for (int pair = 0; pair < robot.pair_count; ++pair) {
    int places = 0;
    for (int place = 0; place < Shape::pairCount; ++place) {
      places += robot.pairs[pair].first == Shape::pairs[place][0] && robot.pairs[pair].second == Shape::pairs[place][1];
    }
    if (places != 1) return false;
    for (int other = 0; other < pair; ++other) {
      if (robot.pairs[other].first == robot.pairs[pair].first && robot.pairs[other].second == robot.pairs[pair].second) {
        return false;
      }
    }
  }
  return true;
}

TreeKind kindOf(const clanes_robot &robot) {
  if (fits<TwoLegs>(robot)) return treeOfTwoLegs;
  if (fits<OneLeg>(robot)) return treeOfOneLeg;
  return treeAsData;
}

/// Takes the robot's numbers, and fills the places of a compiled tree that the robot does not use.
struct RobotReader {
  const clanes_robot &source;
  Robot &robot;

  void readJoints() {
    robot.timeStep = source.time_step;
    robot.gravity = source.gravity;
    robot.gravityX = source.gravity_x;
    robot.isRungeKutta = source.is_runge_kutta;
    robot.isFirstFree = source.is_first_free;
    robot.jointCount = source.joint_count;
    robot.motorCount = source.motor_count;
    robot.hasInnerSlides = false;
    robot.hasPairs = source.pair_count > 0;
    std::copy_n(source.joints, source.joint_count, robot.joints);
    std::copy_n(source.motors, source.motor_count, robot.motors);
    int parents[CLANES_MOST_JOINTS];
    bool slides[CLANES_MOST_JOINTS];
    for (int joint = 0; joint < source.joint_count; ++joint) {
      clanes_joint &own = robot.joints[joint];
      parents[joint] = own.parent < 0 ? DataTopology::world : own.parent;
      slides[joint] = own.is_slide;
      if (!own.is_limited) {
        own.lower = -unreachable;
        own.upper = unreachable;
        own.inverse_inertia = own.softness.inverse_width = 1;
      }
    }
    robot.topology.readJoints(source.joint_count, parents, slides);
    for (int joint = 0; joint < source.joint_count; ++joint) {
      const clanes_joint &own = robot.joints[joint];
      bool isOfWorld = robot.topology.frame[parents[joint]] == DataTopology::world;
      bool isInner = own.is_slide && !isOfWorld;
      robot.hasInnerSlides = robot.hasInnerSlides || isInner;
      robot.axes[joint] = !own.is_slide || !isOfWorld    ? axisFree
                          : own.axis_x == 1              ? axisX
                          : own.axis_z == 1              ? axisZ
                                                         : axisFree;
    }
  }

  /// - counts: the number of places for contacts on each link.
  void readContacts(const int *counts) {
    robot.topology.readContacts(source.joint_count, counts);
    robot.contactCount = 0;
    for (int joint = 0; joint < source.joint_count; ++joint) robot.contactCount += counts[joint];
    for (int place = 0; place < robot.contactCount; ++place) {
      robot.contacts[place] = unusedContact(robot.topology.link[place]);
      int number = 0;
      for (int contact = 0; contact < source.contact_count; ++contact) {
        if (source.contacts[contact].joint != robot.topology.link[place]) continue;
        if (number++ == robot.topology.numberOnLink[place]) robot.contacts[place] = source.contacts[contact];
      }
    }
  }

  template <typename Shape> void readPairsOf() {
    robot.pairCount = Shape::pairCount;
    for (int place = 0; place < robot.pairCount; ++place) {
      robot.pairs[place] = unusedPair(Shape::pairs[place][0], Shape::pairs[place][1]);
      for (int pair = 0; pair < source.pair_count; ++pair) {
        const clanes_pair &own = source.pairs[pair];
        if (own.first == robot.pairs[place].first && own.second == robot.pairs[place].second) robot.pairs[place] = own;
      }
    }
  }

  template <typename Shape> void readAs() {
    readJoints();
    readContacts(Shape::contactCounts);
    readPairsOf<Shape>();
    readShapeOfPairs();
  }

  void readAsData() {
    readJoints();
    readContacts(contactCounts(source).data());
    robot.pairCount = source.pair_count;
    std::copy_n(source.pairs, source.pair_count, robot.pairs);
    readShapeOfPairs();
  }

  void readShapeOfPairs() {
    for (int pair = 0; pair < robot.pairCount; ++pair) {
      robot.topology.readPair(pair, robot.pairs[pair].first, robot.pairs[pair].second);
    }
  }

  void read(TreeKind kind) {
    switch (kind) {
    case treeOfTwoLegs: return readAs<TwoLegs>();
    case treeOfOneLeg: return readAs<OneLeg>();
    default: return readAsData();
    }
  }
};

}  // namespace

struct clanes_pool {
  Robot robot;
  clanes_solver solver;
  TreeKind kind;
  const Level *level;
  int count;
  /// The vectors of a group: positions, velocities, and impulses of limits, contacts and pairs.
  int fieldCount;
  /// Where the first joint of a row was before its last step, in double precision, where nothing depends on it.
  std::vector<double> first;
  std::unique_ptr<float, Free> groups, scratch;

  const TreeFunctions &functions() const { return level->trees[solver.reads_tree ? treeAsData : kind]; }

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

  /// The hinge against whose angle a joint's position is measured; -1 for the world, and for a slide.
  int frameOfParent(int joint) const {
    int frame = robot.topology.frame[robot.topology.parent[joint]];
    return robot.joints[joint].is_slide || frame == DataTopology::world ? -1 : frame;
  }
};

const char *clanes_default_level(void) { return selectLevel(nullptr)->name; }

const char *clanes_tree_name(const clanes_robot *robot) {
  switch (kindOf(*robot)) {
  case treeOfTwoLegs: return "two legs";
  case treeOfOneLeg: return "one leg";
  default: return "data";
  }
}

clanes_pool *clanes_pool_create(
    const clanes_robot *robot, clanes_solver solver, int32_t count, const char *level_name) {
  const Level *level = selectLevel(level_name);
  if (!level) return nullptr;
  try {
    auto pool = std::make_unique<clanes_pool>();
    pool->kind = kindOf(*robot);
    RobotReader{*robot, pool->robot}.read(pool->kind);
    pool->solver = solver;
    pool->level = level;
    pool->count = count;
    pool->fieldCount = 3 * robot->joint_count + 2 * (pool->robot.contactCount + pool->robot.pairCount);
    pool->first.resize(count);
    size_t groupCount = (size_t(count) + level->lanes - 1) / level->lanes;
    pool->groups = allocate(groupCount * pool->fieldCount * level->lanes * sizeof(float));
    pool->scratch = allocate(pool->functions().scratchBytes);
    return pool->groups && pool->scratch ? pool.release() : nullptr;
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

void clanes_pool_destroy(clanes_pool *pool) { delete pool; }

void clanes_pool_exchange(clanes_pool *pool, const clanes_robot *robot) {
  RobotReader{*robot, pool->robot}.read(pool->kind);
}

void clanes_pool_reset(clanes_pool *pool, int32_t row, const double *displacements, const double *velocities) {
  int joints = pool->robot.jointCount;
  double position[CLANES_MOST_JOINTS], velocity[CLANES_MOST_JOINTS];
  for (int joint = 0; joint < joints; ++joint) {
    int frame = pool->frameOfParent(joint);
    position[joint] = displacements[joint] + (frame < 0 ? 0 : position[frame]);
    velocity[joint] = velocities[joint] + (frame < 0 ? 0 : velocity[frame]);
    pool->write(row, joint, float(position[joint]));
    pool->write(row, joints + joint, float(velocity[joint]));
  }
  pool->first[row] = displacements[0];
  if (pool->robot.isFirstFree) pool->write(row, 0, 0);
  for (int field = 2 * joints; field < pool->fieldCount; ++field) pool->write(row, field, 0);
}

void clanes_pool_step(clanes_pool *pool, const float *actions, int32_t physics_steps, double *displacements) {
  pool->functions().step(
      pool->robot, pool->solver, pool->groups.get(), pool->scratch.get(), pool->count, actions, physics_steps,
      displacements);
  for (int row = 0; row < pool->count; ++row) pool->first[row] += displacements[row];
}

void clanes_pool_observe(const clanes_pool *pool, float *observations) {
  pool->level->observe(pool->robot, pool->fieldCount, pool->groups.get(), pool->count, observations);
}

void clanes_pool_read(const clanes_pool *pool, int32_t row, double *displacements, double *velocities) {
  int joints = pool->robot.jointCount;
  for (int joint = 0; joint < joints; ++joint) {
    int frame = pool->frameOfParent(joint);
    // The difference of single-precision numbers, as observations have it.
    displacements[joint] = pool->read(row, joint) - (frame < 0 ? 0.0f : pool->read(row, frame));
    velocities[joint] = pool->read(row, joints + joint) - (frame < 0 ? 0.0f : pool->read(row, joints + frame));
  }
  if (pool->robot.isFirstFree) displacements[0] = pool->first[row];
}

int32_t clanes_pool_snapshot_count(const clanes_pool *pool) { return pool->fieldCount; }

void clanes_pool_save(const clanes_pool *pool, int32_t row, double *first, float *numbers) {
  *first = pool->first[row];
  for (int field = 0; field < pool->fieldCount; ++field) numbers[field] = pool->read(row, field);
}

void clanes_pool_restore(clanes_pool *pool, int32_t row, double first, const float *numbers) {
  pool->first[row] = first;
  for (int field = 0; field < pool->fieldCount; ++field) pool->write(row, field, numbers[field]);
}
