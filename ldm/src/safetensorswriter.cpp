#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/safetensors.h>
#include <ldm/weights.h>

#include "safetensorsheader.h"
#include "tensorwriting.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <tuple>

namespace ldm {

namespace {

constexpr std::size_t kAlignment = 8;

std::uint64_t bytesOf(const TensorToWrite& tensor) {
    return checkedBytes(tensor.shape, tensor.dtype).value_or(0);
}

void check(const std::filesystem::path& path, const std::vector<TensorToWrite>& sorted) {
    std::set<std::string_view> names;
    for (const TensorToWrite& tensor : sorted) {
        if (tensor.name.empty() || tensor.name == "__metadata__" || !isUtf8(tensor.name))
            throw refusedTensor(path, tensor.name, "has a name the format does not allow; rename it");
        if (!names.insert(tensor.name).second)
            throw refusedTensor(path, tensor.name, "is given twice; rename one of the two");
        if (!checkedBytes(tensor.shape, tensor.dtype))
            throw refusedTensor(path, tensor.name, "has a shape whose size overflows 64 bits; split it");
    }
}

/// The header's JSON, padded so that the data after it is aligned.
std::string headerText(const std::filesystem::path& path, const std::vector<TensorToWrite>& sorted,
                       const std::map<std::string, std::string>& metadata) {
    nlohmann::ordered_json header;
    header["__metadata__"] = metadata;
    std::uint64_t begin = 0;
    for (const TensorToWrite& tensor : sorted) {
        const std::uint64_t end = begin + bytesOf(tensor);
        header[tensor.name] = {
            {"dtype", nameOf(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
        begin = end;
    }
    std::string json = header.dump();
    json.append((kAlignment - json.size() % kAlignment) % kAlignment, ' ');
    if (json.size() > kMaxHeaderBytes)
        throw Error(ErrorKind::WriteFailed, path.string() + " could not be written: its header would have " +
                                                std::to_string(json.size()) +
                                                " bytes, more than the format allows; write fewer tensors.");
    return json;
}

/// Returns what was written of each tensor, as digests.
std::vector<std::string> writeAll(const std::filesystem::path& path, const std::string& header,
                                  const std::vector<TensorToWrite>& sorted) {
    OutputFile file(path);
    const std::uint64_t length = header.size();
    file.write({reinterpret_cast<const char*>(&length), sizeof length});
    file.write(header);
    std::vector<std::string> digests;
    for (const TensorToWrite& tensor : sorted) {
        const OwnedBytes made = tensor.make ? tensor.make() : OwnedBytes{tensor.data, {}};
        digests.push_back(writeData(file, path, tensor.name, made, bytesOf(tensor)));
    }
    file.close();
    return digests;
}

bool readsBack(const std::filesystem::path& path, const std::vector<TensorToWrite>& sorted,
               const std::vector<std::string>& digests, const std::map<std::string, std::string>& metadata) {
    const SafetensorsFile file = SafetensorsFile::open(path);
    if (file.metadata() != metadata || file.entries().size() != sorted.size()) return false;
    const TensorTable tensors(file);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const StoredTensor* tensor = tensors.find(sorted[i].name);
        if (!tensor || tensor->type != sorted[i].dtype || tensor->shape != sorted[i].shape) return false;
        if (digestOf(tensor->stored) != digests[i]) return false;
        tensor->release(); // a large file is not to fill memory
    }
    return true;
}

} // namespace

void writeSafetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors,
                      const std::map<std::string, std::string>& metadata) {
    std::sort(tensors.begin(), tensors.end(), [](const TensorToWrite& a, const TensorToWrite& b) {
        return std::tie(a.dtype, a.name) < std::tie(b.dtype, b.name);
    });
    check(path, tensors);
    std::map<std::string, std::string> complete = metadata;
    complete.emplace("format", "pt"); // transformers refuses files without it
    const std::string header = headerText(path, tensors, complete);
    createAside(path, true, [&](const std::filesystem::path& aside) {
        const std::vector<std::string> digests = writeAll(aside, header, tensors);
        if (!readsBack(aside, tensors, digests, complete)) throw readBackDiffers(path);
    });
}

} // namespace ldm
