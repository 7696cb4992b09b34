#pragma once

#include <ldm/ggmlblocks.h>

#include <QString>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace support {

/// A GGUF file as ggml reads it.
struct GgmlFile {
    struct Tensor {
        std::string name;
        std::uint32_t type = 0;
        std::vector<std::int64_t> shape; ///< in torch's order, ones in front left out
        std::size_t offset = 0;          ///< within the data
        std::size_t bytes = 0;
    };
    std::map<std::string, std::variant<std::uint32_t, std::string>> metadata;
    std::vector<Tensor> tensors;
    std::size_t dataStart = 0; ///< in the file
};

/// ggml's own library, libggml-base.so of the package @node-llama-cpp/linux-x64.
class GgmlLibrary {
public:
    static std::filesystem::path path();
    /// What is missing to load it, with the remedy; empty where nothing is.
    static QString whyMissing();

    GgmlLibrary();

    /// Rows of `width` values, by ggml_quantize_chunk without importance.
    std::vector<std::byte> quantized(const ldm::GgmlType& type, std::span<const float> values,
                                     std::int64_t width) const;
    /// The same by the type's reference quantizer, quantize_row_*_ref.
    std::vector<std::byte> quantizedByReference(const ldm::GgmlType& type, std::span<const float> values) const;
    /// By dequantize_row_*.
    std::vector<float> dequantized(const ldm::GgmlType& type, std::span<const std::byte> blocks) const;
    /// By ggml_validate_row_data.
    bool isValid(std::uint32_t type, std::span<const std::byte> data) const;
    /// By gguf_init_from_file; nothing where that refuses the file.
    std::optional<GgmlFile> open(const std::filesystem::path& file) const;

private:
    template <typename Function> Function* function(const std::string& name) const;
    /// What ggml's function of a file and an index says.
    template <typename Result> Result ask(const std::string& name, const void* context, std::int64_t index) const;

    std::unique_ptr<void, int (*)(void*)> m_library;
};

} // namespace support
