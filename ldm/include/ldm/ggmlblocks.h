#pragma once

#include <ldm/safetensors.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ldm {

/// An element type of GGUF files. Block types keep `elements` consecutive values of a row in `bytes` bytes.
struct GgmlType {
    std::uint32_t id; ///< ggml's number
    std::string_view name;
    std::size_t elements; ///< of a block; 1 for plain types
    std::size_t bytes;    ///< of a block
    DType values;         ///< that reading gives: the type itself for plain ones, F32 for blocks
    /// Decodes `count` blocks to count * elements values; null for plain types. Any alignment of the blocks.
    void (*decode)(const std::byte* blocks, std::int64_t count, float* values);

    bool isBlock() const { return decode != nullptr; }
};

/// All types that can be read, by ggml's numbers.
const std::vector<GgmlType>& ggmlTypes();
/// Null for a number that ggmlTypes() lacks.
const GgmlType* ggmlType(std::uint32_t id);
/// The name of a type that cannot be read, such as "IQ2_XXS"; nothing for numbers that ggml never gave.
std::optional<std::string_view> unreadableGgmlType(std::uint32_t id);

/// The blocks as they lie in a file, little-endian. Scales are half-precision numbers.
/// Layouts: https://github.com/ggml-org/ggml, src/ggml-common.h.
namespace ggml {

constexpr int kSmall = 32;  ///< values of a small block
constexpr int kSuper = 256; ///< values of a super-block

struct Q4_0 { ///< w = d (q - 8)
    std::uint16_t d;
    std::uint8_t qs[kSmall / 2]; ///< low halves: first 16 values
};
struct Q4_1 { ///< w = d q + m
    std::uint16_t d, m;
    std::uint8_t qs[kSmall / 2];
};
struct Q5_0 { ///< w = d (q - 16)
    std::uint16_t d;
    std::uint8_t qh[4]; ///< bit i: fifth bit of value i
    std::uint8_t qs[kSmall / 2];
};
struct Q5_1 { ///< w = d q + m
    std::uint16_t d, m;
    std::uint8_t qh[4];
    std::uint8_t qs[kSmall / 2];
};
struct Q8_0 { ///< w = d q
    std::uint16_t d;
    std::int8_t qs[kSmall];
};
struct Q2_K {                         ///< w = d s q - dmin m, by groups of 16
    std::uint8_t scales[kSuper / 16]; ///< s low, m high
    std::uint8_t qs[kSuper / 4];
    std::uint16_t d, dmin;
};
struct Q3_K { ///< w = d (s - 32) (q - 4), by groups of 16
    std::uint8_t hmask[kSuper / 8];
    std::uint8_t qs[kSuper / 4];
    std::uint8_t scales[12];
    std::uint16_t d;
};
struct Q4_K { ///< w = d s q - dmin m, by groups of 32
    std::uint16_t d, dmin;
    std::uint8_t scales[12];
    std::uint8_t qs[kSuper / 2];
};
struct Q5_K { ///< w = d s q - dmin m, by groups of 32
    std::uint16_t d, dmin;
    std::uint8_t scales[12];
    std::uint8_t qh[kSuper / 8];
    std::uint8_t qs[kSuper / 2];
};
struct Q6_K { ///< w = d s (q - 32), by groups of 16
    std::uint8_t ql[kSuper / 2];
    std::uint8_t qh[kSuper / 4];
    std::int8_t scales[kSuper / 16];
    std::uint16_t d;
};
struct IQ4_NL { ///< w = d table[q]
    std::uint16_t d;
    std::uint8_t qs[kSmall / 2];
};
struct IQ4_XS { ///< w = d (s - 32) table[q], by groups of 32
    std::uint16_t d, scalesHigh;
    std::uint8_t scalesLow[kSuper / 64];
    std::uint8_t qs[kSuper / 2];
};

} // namespace ggml

} // namespace ldm
