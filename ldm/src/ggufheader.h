#pragma once

#include <ldm/inputfile.h>

#include <ldm/gguf.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ldm {

/// Everything before the data of a GGUF file.
struct GgufHeader {
    std::map<std::string, GgufValue> metadata;
    std::vector<GgufTensor> tensors;
    std::uint64_t alignment = 32;
    std::uint64_t end = 0;       ///< of the header, in the file
    std::uint64_t dataStart = 0; ///< in the file; padding lies between
};

/// Reads and checks everything that can be checked without the data; the tensors lie inside the file.
/// Throws BadInput naming the file, the place and the remedy.
GgufHeader readGgufHeader(const InputFile& input);

} // namespace ldm
