// Box2D reads the clock some ten times a step for a profile that nobody reads: a tenth of the time of a small world. The
// program's own definitions take the place of the shared library's, which calls them through its symbol table. The motion
// does not depend on them, and where a linker binds the library's own instead, only that tenth is lost.

#include <box2d/b2_timer.h>

b2Timer::b2Timer() : m_start_sec(0), m_start_usec(0) {}

void b2Timer::Reset() {}

float b2Timer::GetMilliseconds() const { return 0; }
