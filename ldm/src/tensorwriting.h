#pragma once

#include <ldm/outputfile.h>

#include <ldm/error.h>
#include <ldm/safetensors.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace ldm {

// What writers of files full of tensors share.

/// Of a tensor that is not written.
Error refusedTensor(const std::filesystem::path& path, const std::string& name, const std::string& fault);

/// Writes the data of a tensor and returns their digest. Throws WriteFailed if they are not `expected` bytes.
std::string writeData(OutputFile& file, const std::filesystem::path& path, const std::string& name,
                      const OwnedBytes& data, std::uint64_t expected);

/// Lower-case hexadecimal SHA-256.
std::string digestOf(std::span<const std::byte> data);

/// Of a file whose content is not what was written.
Error readBackDiffers(const std::filesystem::path& path);

} // namespace ldm
