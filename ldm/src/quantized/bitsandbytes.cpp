#include "schemes.h"

#include "../configreading.h"

#include <ldm/jsonreading.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

namespace ldm {

namespace {

constexpr std::int64_t kGrain = 1 << 16;
constexpr float kLargestCode = 127;
constexpr std::size_t kMostStateBytes = 4096;

/// How four-bit codes of a weight are decoded.
struct FourBit {
    TensorShape shape;
    std::int64_t block = 64; ///< elements with one scale, consecutive
    std::string type;        ///< "nf4"
};

at::Tensor decoded(const FourBit& how, const at::Tensor& packed, const at::Tensor& levels, const at::Tensor& scales) {
    at::Tensor weight = at::empty(how.shape, at::kFloat);
    const std::uint8_t* in = packed.data_ptr<std::uint8_t>();
    const float* level = levels.data_ptr<float>();
    const float* scale = scales.data_ptr<float>();
    float* out = weight.data_ptr<float>();
    at::parallel_for(0, weight.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) // the first of two codes is in the high bits
            out[i] = level[(i % 2 == 0 ? in[i / 2] >> 4 : in[i / 2]) & 15] * scale[i / how.block];
    });
    return weight;
}

class Reader {
public:
    explicit Reader(const QuantizedPart& part) : m_table(part.tensors) {}

    TensorTable decoded() {
        for (const std::string& module : m_table.modulesWith(".weight")) {
            const DType type = m_table.find(module + ".weight")->type;
            if (type == DType::I8) decodeBytes(module);
            if (type == DType::U8) decodeNibbles(module);
        }
        return m_table.decoded();
    }

private:
    void decodeBytes(const std::string& module) {
        const StoredTensor& codes = *m_table.find(module + ".weight");
        const StoredTensor& largest = m_table.need(module + ".SCB", {DType::F32});
        if (codes.shape.size() != 2) throw m_table.fault(codes.name, "is quantized but no matrix");
        m_table.requireShape(largest, {codes.shape[0]});
        if (const std::string format = module + ".weight_format"; m_table.find(format)) {
            const StoredTensor& found = m_table.need(format, {DType::U8});
            if (found.elements() != 1 || found.values().item<std::uint8_t>() != 0)
                throw m_table.fault(format, "says that rows are not stored one after the other");
            m_table.drop(format);
        }
        const auto values = [file = m_table.stored().source(), codes, largest] {
            const at::Tensor scales = scalesOf(file, largest) / kLargestCode;
            return codes.values().to(at::kFloat).mul_(scales.unsqueeze(1));
        };
        m_table.put({codes.name, codes.shape, "bnb int8", {codes.name, largest.name}, values});
    }

    FourBit stateOf(const std::string& name) const {
        const StoredTensor& state = m_table.need(name, {DType::U8});
        if (state.shape.size() != 1 || state.stored.size() > kMostStateBytes)
            throw m_table.fault(name, "is no short text");
        const std::string source = m_table.stored().source() + " (" + name + ")";
        const nlohmann::json json =
            parseJson({reinterpret_cast<const char*>(state.stored.data()), state.stored.size()}, source);
        ConfigReader reader(json, source);
        FourBit how;
        how.type = reader.oneOf("quant_type", "nf4", {"nf4", "fp4"});
        how.block = reader.integer("blocksize", 64, 1, 1 << 20);
        const std::vector<int> shape = reader.integers("shape", {}, 1, 1 << 30);
        how.shape.assign(shape.begin(), shape.end());
        reader.ignore({"dtype"});
        if (reader.has("nested_blocksize"))
            reader.refuse("nested_blocksize", "tells of scales that are quantized themselves, which this version does "
                                              "not read; quantize without bnb_4bit_use_double_quant");
        reader.finish();
        return how;
    }

    /// The one state that a weight has; its type is part of its name.
    std::string stateName(const std::string& weight) const {
        for (const char* type : {"nf4", "fp4"})
            if (const std::string name = weight + ".quant_state.bitsandbytes__" + type; m_table.find(name)) return name;
        throw m_table.fault(weight, "has dtype U8 but no quant_state beside it");
    }

    void decodeNibbles(const std::string& module) {
        const StoredTensor& packed = *m_table.find(module + ".weight");
        const std::string state = stateName(packed.name);
        const FourBit how = stateOf(state);
        const StoredTensor& levels = m_table.need(packed.name + ".quant_map", {DType::F32});
        const StoredTensor& largest = m_table.need(packed.name + ".absmax", {DType::F32});
        m_table.requireShape(levels, {16});
        const std::int64_t bytes = packed.elements();
        if (how.shape.size() != 2 || how.shape[0] * how.shape[1] < 2 * bytes - 1 ||
            how.shape[0] * how.shape[1] > 2 * bytes)
            throw m_table.fault(packed.name, "has " + std::to_string(bytes) + " bytes, which do not hold a matrix " +
                                                 shapeText(how.shape) + " of four bits");
        m_table.requireShape(largest, {(elementsIn(how.shape) + how.block - 1) / how.block});
        const auto values = [file = m_table.stored().source(), packed, levels, largest, how] {
            return ldm::decoded(how, packed.values(), finiteFloats(file, levels), scalesOf(file, largest));
        };
        m_table.put({packed.name, how.shape, "bnb " + how.type, {packed.name, levels.name, largest.name}, values});
        m_table.drop(state);
    }

    QuantizedTable m_table;
};

} // namespace

TensorTable decodedBitsandbytes(const QuantizedPart& part) {
    return Reader(part).decoded();
}

} // namespace ldm
