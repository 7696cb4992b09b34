#include "tensorwriting.h"

#include <ldm/files.h>

#include <string_view>

namespace ldm {

namespace {

std::string_view text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

Error refusedTensor(const std::filesystem::path& path, const std::string& name, const std::string& fault) {
    return Error(ErrorKind::WriteFailed,
                 path.string() + " could not be written: tensor " + inQuotes(name) + " " + fault + ".");
}

std::string writeData(OutputFile& file, const std::filesystem::path& path, const std::string& name,
                      const OwnedBytes& data, std::uint64_t expected) {
    if (data.bytes.size() != expected)
        throw refusedTensor(path, name, "has a size that does not fit its shape; this is a fault of the program");
    file.write(text(data.bytes));
    return digestOf(data.bytes);
}

std::string digestOf(std::span<const std::byte> data) {
    Sha256 hash;
    hash.add(text(data));
    return hash.hex();
}

Error readBackDiffers(const std::filesystem::path& path) {
    return Error(ErrorKind::WriteFailed, path.string() + " could not be written: what was read back differs from "
                                                         "what was written; check the disk.");
}

} // namespace ldm
