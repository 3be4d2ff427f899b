// The native shims under a sanitizer: what each part runs. A wrong number is no business of this harness, which the
// tests in Swift find; it only has to go everywhere.
#pragma once

#include <cstdint>
#include <cstdio>
#include <vector>

/// Small deterministic random numbers: SplitMix64.
struct Numbers {
  uint64_t state;

  uint64_t next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  double uniform(double low, double high) { return low + (high - low) * double(next() >> 11) * 0x1p-53; }
};

void runKernels();
void runBox2D();
void runLanes();
