#pragma once

#include <cstddef>

// One clone of a function per instruction set, chosen when the program is loaded; what it calls must be
// NOISEFLOOR_INLINE to be cloned with it. Sanitizers instrument the chooser before their own start-up, so their builds
// take the plain version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define NOISEFLOOR_VECTORISED __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define NOISEFLOOR_VECTORISED
#endif
#define NOISEFLOOR_INLINE inline __attribute__((always_inline))

namespace quant {

/// Eight numbers that one instruction works on, or two where registers are shorter.
typedef float Lanes __attribute__((vector_size(32)));
inline constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(float);

} // namespace quant
