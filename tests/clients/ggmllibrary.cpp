#include "clients/ggmllibrary.h"

#include <dlfcn.h>

#include <cctype>
#include <iterator>
#include <stdexcept>

namespace support {

namespace {

// ggml's own declarations: https://github.com/ggml-org/ggml, include/ggml.h and include/gguf.h.
struct GgufContext;
struct GgufInit {
    bool noAlloc;
    void** context;
};
constexpr int kU32 = 4; ///< numbers of value types
constexpr int kText = 8;
constexpr int kDimensions = 4;

/// The type in names of functions: "q4_K", "iq4_nl".
std::string lowered(std::string_view type) {
    std::string name;
    for (const char letter : type) name += letter == 'K' ? letter : static_cast<char>(std::tolower(letter));
    return name;
}

} // namespace

std::filesystem::path GgmlLibrary::path() {
    return NOISEFLOOR_CLIENTS "/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-base.so";
}

QString GgmlLibrary::whyMissing() {
    if (std::filesystem::exists(path())) return {};
    return QStringLiteral("@node-llama-cpp/linux-x64 is not installed; packaging/clients installs it");
}

GgmlLibrary::GgmlLibrary() : m_library(::dlopen(path().c_str(), RTLD_NOW), ::dlclose) {
    if (!m_library) throw std::runtime_error(::dlerror());
}

template <typename Function> Function* GgmlLibrary::function(const std::string& name) const {
    auto* found = reinterpret_cast<Function*>(::dlsym(m_library.get(), name.c_str()));
    if (!found) throw std::runtime_error("ggml's library has no " + name);
    return found;
}

template <typename Result>
Result GgmlLibrary::ask(const std::string& name, const void* context, std::int64_t index) const {
    return function<Result(const void*, std::int64_t)>(name)(context, index);
}

std::vector<std::byte> GgmlLibrary::quantized(const ldm::GgmlType& type, std::span<const float> values,
                                              std::int64_t width) const {
    using Chunk = std::size_t(int, const float*, void*, std::int64_t, std::int64_t, std::int64_t, const float*);
    std::vector<std::byte> blocks(values.size() / type.elements * type.bytes);
    function<Chunk>("ggml_quantize_chunk")(static_cast<int>(type.id), values.data(), blocks.data(), 0,
                                           static_cast<std::int64_t>(values.size()) / width, width, nullptr);
    return blocks;
}

std::vector<std::byte> GgmlLibrary::quantizedByReference(const ldm::GgmlType& type,
                                                         std::span<const float> values) const {
    std::vector<std::byte> blocks(values.size() / type.elements * type.bytes);
    function<void(const float*, void*, std::int64_t)>("quantize_row_" + lowered(type.name) + "_ref")(
        values.data(), blocks.data(), static_cast<std::int64_t>(values.size()));
    return blocks;
}

std::vector<float> GgmlLibrary::dequantized(const ldm::GgmlType& type, std::span<const std::byte> blocks) const {
    std::vector<float> values(blocks.size() / type.bytes * type.elements);
    function<void(const void*, float*, std::int64_t)>("dequantize_row_" + lowered(type.name))(
        blocks.data(), values.data(), static_cast<std::int64_t>(values.size()));
    return values;
}

bool GgmlLibrary::isValid(std::uint32_t type, std::span<const std::byte> data) const {
    return function<bool(int, const void*, std::size_t)>("ggml_validate_row_data")(static_cast<int>(type), data.data(),
                                                                                   data.size());
}

std::optional<GgmlFile> GgmlLibrary::open(const std::filesystem::path& file) const {
    const std::unique_ptr<GgufContext, void (*)(GgufContext*)> context(
        function<GgufContext*(const char*, GgufInit)>("gguf_init_from_file")(file.c_str(), {true, nullptr}),
        function<void(GgufContext*)>("gguf_free"));
    if (!context) return std::nullopt;
    const auto count = [&](const char* name) {
        return function<std::int64_t(const GgufContext*)>(name)(context.get());
    };
    GgmlFile result;
    result.dataStart = static_cast<std::size_t>(count("gguf_get_data_offset"));
    for (std::int64_t i = 0; i < count("gguf_get_n_kv"); ++i) {
        const std::string key = ask<const char*>("gguf_get_key", context.get(), i);
        const int type = ask<int>("gguf_get_kv_type", context.get(), i);
        if (type == kU32) result.metadata[key] = ask<std::uint32_t>("gguf_get_val_u32", context.get(), i);
        if (type == kText) result.metadata[key] = ask<const char*>("gguf_get_val_str", context.get(), i);
    }
    for (std::int64_t i = 0; i < count("gguf_get_n_tensors"); ++i) {
        GgmlFile::Tensor tensor{ask<const char*>("gguf_get_tensor_name", context.get(), i),
                                ask<std::uint32_t>("gguf_get_tensor_type", context.get(), i),
                                {},
                                ask<std::size_t>("gguf_get_tensor_offset", context.get(), i),
                                ask<std::size_t>("gguf_get_tensor_size", context.get(), i)};
        const auto* sizes = ask<const std::int64_t*>("gguf_get_tensor_ne", context.get(), i);
        tensor.shape.assign(std::reverse_iterator(sizes + kDimensions), std::reverse_iterator(sizes));
        while (tensor.shape.size() > 1 && tensor.shape.front() == 1) tensor.shape.erase(tensor.shape.begin());
        result.tensors.push_back(std::move(tensor));
    }
    return result;
}

} // namespace support
