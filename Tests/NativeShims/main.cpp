#include "harness.h"

int main() {
  runKernels();
  runBox2D();
  runLanes();
  std::puts("native shims: no undefined behaviour found");
}
