#include "harness.h"

int main() {
  runKernels();
  runBox2D();
  runLanes();
  std::puts("native doors: no undefined behaviour found");
}
