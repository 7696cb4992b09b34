#include "schemes.h"
#include "sdnqconfig.h"

#include <ATen/ATen.h>

namespace ldm {

namespace {

constexpr int kMiddleCode = 8; ///< what signed codes of four bits are stored on top of

/// The shape that codes are multiplied with their scales in: the weight's, its inputs divided into groups.
TensorShape grouped(const TensorShape& weight, std::int64_t groups) {
    if (groups == 1) return weight;
    TensorShape shape{weight[0], groups, weight[1] / groups};
    shape.insert(shape.end(), weight.begin() + 2, weight.end());
    return shape;
}

/// One scale by output, group and place in the kernel.
TensorShape scaleShape(const TensorShape& weight, std::int64_t groups) {
    TensorShape shape = grouped(weight, groups);
    shape[groups == 1 ? 1 : 2] = 1;
    return shape;
}

class Reader {
public:
    explicit Reader(const QuantizedPart& part)
        : m_table(part.tensors), m_config(part.config, part.configName), m_wanted(part.wanted) {}

    TensorTable decoded() {
        for (const auto& [name, shape] : m_wanted) {
            const StoredTensor* found = m_table.find(name);
            if (found && (found->type == DType::I8 || found->type == DType::U8)) decode(*found, shape);
        }
        return m_table.decoded();
    }

private:
    static std::string besides(const StoredTensor& weight, const std::string& what) {
        return weight.name.substr(0, weight.name.rfind('.')) + "." + what;
    }

    /// How many groups the scales tell of, which must be as many as the configuration's.
    std::int64_t groupsOf(const StoredTensor& scale, const SdnqType& type, const TensorShape& shape) const {
        const bool isGrouped = scale.shape.size() == shape.size() + 1;
        std::int64_t groups = sdnqGroups(shape[1], type.group);
        if (type.group == 0 && isGrouped) groups = scale.shape[1];
        if (type.group == -2)
            m_table.requireShape(scale, TensorShape(shape.size(), 1));
        else if (groups < 1 || shape[1] % groups != 0)
            throw m_table.fault(scale.name, "has " + std::to_string(groups) + " groups, into which " +
                                                std::to_string(shape[1]) + " inputs do not divide");
        else
            m_table.requireShape(scale, scaleShape(shape, groups));
        return groups;
    }

    void requireCodes(const StoredTensor& codes, const SdnqType& type, const TensorShape& shape) const {
        m_table.need(codes.name, {type.name == "int8" ? DType::I8 : DType::U8});
        const std::int64_t elements = elementsIn(shape);
        if (type.bits == 4 && elements % 2 != 0)
            throw m_table.fault(codes.name, "belongs to a weight of an odd number of elements, which " + type.name +
                                                " does not hold");
        m_table.requireShape(codes, type.bits == 4 ? TensorShape{elements / 2} : shape);
    }

    void decode(const StoredTensor& codes, const TensorShape& shape) {
        if (m_config.isLeftAlone(codes.name))
            throw m_table.fault(codes.name, "is quantized although \"modules_to_not_convert\" of its configuration "
                                            "lists it");
        if (shape.size() < 2) throw m_table.fault(codes.name, "is quantized, but no weight of a layer");
        const SdnqType type = m_config.typeOf(codes.name);
        const StoredTensor& scale = m_table.need(besides(codes, "scale"), kFloats);
        const std::int64_t groups = groupsOf(scale, type, shape);
        requireCodes(codes, type, grouped(shape, groups));
        std::vector<std::string> from{codes.name, scale.name};
        StoredTensor zero;
        if (type.isUnsigned) {
            zero = m_table.need(besides(codes, "zero_point"), kFloats);
            m_table.requireShape(zero, scale.shape);
            from.push_back(zero.name);
        }
        const std::string groupText = groups > 1 ? " g" + std::to_string(shape[1] / groups) : "";
        const auto values = [file = m_table.stored().source(), codes, scale, zero, type, groups, shape] {
            at::Tensor weight = type.bits == 4 ? nibbles(codes.values()).to(at::kFloat) : codes.values().to(at::kFloat);
            if (type.bits == 4 && !type.isUnsigned) weight.sub_(kMiddleCode);
            weight = weight.view(grouped(shape, groups)).mul_(scalesOf(file, scale));
            if (type.isUnsigned) weight.add_(finiteFloats(file, zero));
            return weight.view(shape);
        };
        m_table.put({codes.name, shape, "SDNQ " + type.name + groupText, std::move(from), values});
    }

    QuantizedTable m_table;
    SdnqConfig m_config;
    const WantedShapes& m_wanted;
};

} // namespace

TensorTable decodedSdnq(const QuantizedPart& part) {
    return Reader(part).decoded();
}

} // namespace ldm
