#include "schemes.h"

#include "../configreading.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <map>
#include <optional>

namespace ldm {

using nlohmann::json;

namespace {

constexpr const char* kBytes = ".weight._data";
constexpr const char* kNibbles = ".weight._data._data";
constexpr std::int64_t kGrain = 1 << 16;

/// Elements of an output that share a scale, of so many: as many as 128 where that divides them.
std::int64_t groupOf(std::int64_t elements) {
    constexpr std::int64_t kLargest = 128, kStep = 32;
    for (std::int64_t group = kLargest; elements > kLargest && group >= kStep; group -= kStep)
        if (elements % group == 0) return group;
    return elements;
}

/// The first half of the groups is in the low bits of the bytes, the second in the high ones.
at::Tensor decoded(const TensorShape& shape, const at::Tensor& packed, const at::Tensor& scales,
                   const at::Tensor& shifts) {
    at::Tensor weight = at::empty(shape, at::kFloat);
    const std::int64_t group = packed.size(1), half = packed.size(0);
    const std::uint8_t* in = packed.data_ptr<std::uint8_t>();
    const float* scale = scales.data_ptr<float>();
    const float* shift = shifts.data_ptr<float>();
    float* out = weight.data_ptr<float>();
    at::parallel_for(0, scales.numel(), kGrain / group + 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            const bool isHigh = row >= half;
            const std::uint8_t* codes = in + (isHigh ? row - half : row) * group;
            const double step = scale[row], offset = shift[row]; // in double, so that only the weight is rounded
            for (std::int64_t i = 0; i < group; ++i)
                out[row * group + i] = static_cast<float>(step * (isHigh ? codes[i] >> 4 : codes[i] & 15) - offset);
        }
    });
    return weight;
}

class Reader {
public:
    explicit Reader(const QuantizedPart& part) : m_table(part.tensors), m_wanted(part.wanted) {}

    /// `type` is that of a module, as quanto names it; nothing for modules that are not quantized.
    TensorTable decoded(const std::function<std::optional<std::string>(const std::string&)>& typeOf) {
        for (const auto& [name, shape] : m_wanted) {
            if (!name.ends_with(".weight")) continue;
            const std::string module = name.substr(0, name.rfind('.'));
            const bool inBytes = m_table.find(module + kBytes), inNibbles = m_table.find(module + kNibbles);
            if (!inBytes && !inNibbles) continue;
            const std::string type = typeOf(module).value_or("none");
            if (type != (inBytes ? "qint8" : "qint4"))
                throw m_table.fault(module + (inBytes ? kBytes : kNibbles),
                                    "is not of the type " + inQuotes(type) + " that its configuration says");
            if (inBytes)
                decodeBytes(module, shape);
            else
                decodeNibbles(module, shape);
            for (const char* other : {".input_scale", ".output_scale"}) m_table.drop(module + other);
        }
        return m_table.decoded();
    }

    void requireQuantized(const std::string& module) const {
        for (const char* ending : {kBytes, kNibbles})
            if (m_table.find(module + ending)) return;
        m_table.need(module + kBytes, {DType::I8});
    }

private:
    void decodeBytes(const std::string& module, const TensorShape& shape) {
        const StoredTensor& codes = m_table.need(module + kBytes, {DType::I8});
        const StoredTensor& scale = m_table.need(module + ".weight._scale", kFloats);
        m_table.requireShape(codes, shape);
        TensorShape rows(shape.size(), 1);
        rows.front() = shape.front();
        if (scale.elements() != 1) m_table.requireShape(scale, rows);
        const auto values = [file = m_table.stored().source(), codes, scale, rows] {
            const at::Tensor scales = scalesOf(file, scale);
            return codes.values().to(at::kFloat).mul_(scales.numel() == 1 ? scales.view({1}) : scales.view(rows));
        };
        m_table.put({module + ".weight", shape, "quanto qint8", {codes.name, scale.name}, values});
    }

    void decodeNibbles(const std::string& module, const TensorShape& shape) {
        const StoredTensor& codes = m_table.need(module + kNibbles, {DType::U8});
        const StoredTensor& scale = m_table.need(module + ".weight._scale", kFloats);
        const StoredTensor& shift = m_table.need(module + ".weight._shift", kFloats);
        const std::int64_t group = groupOf(elementsIn(shape) / shape.front());
        const std::int64_t groups = elementsIn(shape) / group;
        m_table.requireShape(codes, {(groups + 1) / 2, group});
        m_table.requireShape(scale, {groups, 1});
        m_table.requireShape(shift, {groups, 1});
        const auto values = [file = m_table.stored().source(), codes, scale, shift, shape] {
            return ldm::decoded(shape, codes.values(), scalesOf(file, scale), finiteFloats(file, shift));
        };
        m_table.put({module + ".weight",
                     shape,
                     "quanto qint4 g" + std::to_string(group),
                     {codes.name, scale.name, shift.name},
                     values});
    }

    QuantizedTable m_table;
    const WantedShapes& m_wanted;
};

/// The types of modules by a map that says "weights" and "activations" of each.
std::map<std::string, std::string> typesByModule(const json& map, const std::string& file) {
    std::map<std::string, std::string> types;
    for (const auto& [module, entry] : map.items()) {
        ConfigReader reader(entry, file + ", " + inQuotes(module));
        const std::string type = reader.oneOf("weights", "none", {"qint8", "qint4", "none"});
        reader.only("activations", {"none"});
        reader.finish();
        if (type != "none") types.emplace(module, type);
    }
    return types;
}

} // namespace

TensorTable decodedQuanto(const QuantizedPart& part) {
    ConfigReader config(part.config, part.configName);
    config.only("activations_dtype", {"none"});
    config.only("activations", {"none"});
    const char* key =
        config.has("weights_dtype") ? "weights_dtype" : "weights"; // as diffusers and transformers call it
    std::string type = "q";
    type += config.oneOf(key, "int8", {"int8", "int4"});
    return Reader(part).decoded([&](const std::string&) { return type; });
}

TensorTable decodedQuantoMap(const QuantizedPart& part) {
    const std::map<std::string, std::string> types = typesByModule(part.config, part.configName);
    Reader reader(part);
    for (const auto& [module, type] : types) reader.requireQuantized(module);
    return reader.decoded([&](const std::string& module) {
        const auto found = types.find(module);
        return found == types.end() ? std::nullopt : std::optional(found->second);
    });
}

} // namespace ldm
