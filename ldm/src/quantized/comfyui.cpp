#include "quantizedparts.h"

#include "../configreading.h"
#include "quantizedtable.h"

#include <ldm/jsonreading.h>

#include <ATen/ATen.h>

#include <cmath>

namespace ldm {

namespace {

constexpr const char* kMarker = ".comfy_quant";
constexpr const char* kMarkers = "_quantization_metadata";
constexpr std::size_t kMostMarkerBytes = 4096;

/// How a layer is stored, by its marker.
struct Marked {
    int rotated = 0; ///< inputs that were rotated together; 0 where none were
};

/// Orthogonal and symmetric: Kronecker powers of a Hadamard matrix of four rows.
at::Tensor rotation(int size) {
    const at::Tensor base = at::ones({4, 4}, at::kFloat) - 2 * at::eye(4, at::kFloat).flip(1); // the smallest one
    at::Tensor result = base;
    while (result.size(0) < size) result = at::kron(result, base);
    return result / std::sqrt(static_cast<double>(size));
}

class Reader {
public:
    explicit Reader(const TensorTable& file) : m_table(file) {}

    TensorTable decoded(const std::map<std::string, std::string>& metadata) {
        for (const std::string& module : m_table.modulesWith(kMarker)) decode(module, ownMarker(module));
        if (const auto found = metadata.find(kMarkers); found != metadata.end()) decodeListed(found->second);
        return m_table.decoded();
    }

private:
    std::string in(const std::string& place) const { return m_table.stored().source() + " (" + place + ")"; }

    /// Modules that the file's metadata marks rather than a tensor.
    void decodeListed(const std::string& text) {
        const nlohmann::json json = parseJson(text, in(kMarkers));
        const auto layers = json.find("layers");
        if (layers == json.end() || !layers->is_object())
            throw badInput(in(kMarkers) + " has no object \"layers\"; quantize the model anew.");
        for (const auto& [module, marker] : layers->items())
            if (!m_table.find(module + kMarker)) decode(module, marked(marker, in(module + " in " + kMarkers)));
    }

    Marked ownMarker(const std::string& module) const {
        const StoredTensor& marker = m_table.need(module + kMarker, {DType::U8});
        if (marker.shape.size() != 1 || marker.stored.size() > kMostMarkerBytes)
            throw m_table.fault(marker.name, "is no short text");
        const std::string_view text(reinterpret_cast<const char*>(marker.stored.data()), marker.stored.size());
        return marked(parseJson(text, in(marker.name)), in(marker.name));
    }

    static Marked marked(const nlohmann::json& json, const std::string& source) {
        ConfigReader reader(json, source);
        if (!reader.has("format")) reader.refuse("format", "is missing; quantize the model anew");
        reader.oneOf("format", "", {"int8_tensorwise"});
        // Says what the weight was made from, or how it is computed with.
        reader.ignore({"full_precision_matrix_mult", "orig_dtype", "orig_shape", "per_row"});
        const int size = reader.integer("convrot_groupsize", 256, 1, 1 << 16);
        const bool rotated = reader.boolean("convrot", false);
        reader.finish();
        const bool isPowerOfFour = (size & (size - 1)) == 0 && (size & 0x5554) != 0;
        if (rotated && !isPowerOfFour)
            reader.refuse("convrot_groupsize", "must be 4, 16, 64, 256 or a further power of four");
        return {rotated ? size : 0};
    }

    void decode(const std::string& module, const Marked& marked) {
        const StoredTensor& codes = m_table.need(module + ".weight", {DType::I8});
        const StoredTensor& scale = m_table.need(module + ".weight_scale", {DType::F32});
        if (codes.shape.size() != 2) throw m_table.fault(codes.name, "is marked as quantized but is no matrix");
        const bool isTensorwise = scale.elements() == 1 && (codes.shape[0] != 1 || scale.shape.empty());
        if (!isTensorwise || marked.rotated) m_table.requireShape(scale, {codes.shape[0], 1});
        if (marked.rotated && codes.shape[1] % marked.rotated != 0)
            throw m_table.fault(codes.name, "has " + std::to_string(codes.shape[1]) +
                                                " columns, which do not divide into rotated groups of " +
                                                std::to_string(marked.rotated));
        const std::string storedAs =
            std::string(isTensorwise ? "I8 tensor" : "I8 rows") + (marked.rotated ? ", rotated" : "");
        const auto values = [file = m_table.stored().source(), codes, scale, marked] {
            const at::Tensor scales = scalesOf(file, scale);
            at::Tensor weight = codes.values().to(at::kFloat).mul_(scales.numel() == 1 ? scales.view({1, 1}) : scales);
            if (!marked.rotated) return weight;
            const at::Tensor groups = weight.view({weight.size(0), -1, marked.rotated});
            return at::matmul(groups, rotation(marked.rotated)).reshape(weight.sizes());
        };
        m_table.put({codes.name, codes.shape, storedAs, {codes.name, scale.name}, values});
        m_table.drop(module + kMarker);
        m_table.drop(module + ".input_scale"); // of inputs
    }

    QuantizedTable m_table;
};

} // namespace

TensorTable decodedComfyUi(const TensorTable& file, const std::map<std::string, std::string>& metadata) {
    return Reader(file).decoded(metadata);
}

} // namespace ldm
