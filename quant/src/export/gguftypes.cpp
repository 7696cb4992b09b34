#include "gguftypes.h"

#include "baked.h"

#include <quant/ggml.h>

#include <ldm/error.h>

#include <algorithm>
#include <array>
#include <utility>

namespace quant {

namespace {

const ldm::GgmlType& typeNamed(std::string_view name) {
    return *std::ranges::find(ldm::ggmlTypes(), name, &ldm::GgmlType::name);
}

const ldm::GgmlType& typeOf(FloatFormat floats) {
    return typeNamed(ldm::nameOf(storedType(floats)));
}

/// Programs compute convolutions from F16; F32 is read too.
FloatFormat floatsOf(std::span<const std::int64_t> shape, FloatFormat floats) {
    return shape.size() > 2 && floats == FloatFormat::Bf16 ? FloatFormat::Fp16 : floats;
}

/// The floats of a recipe's own, such as bf16; those of the export elsewhere.
FloatFormat floatsOf(WeightFormat format, FloatFormat floats) {
    if (format == WeightFormat::Fp16 || isGguf(format)) return FloatFormat::Fp16; // see storedAs()
    return format == WeightFormat::Bf16 ? FloatFormat::Bf16 : floats;
}

/// The block type that comes nearest.
WeightFormat blocksFor(WeightFormat format) {
    if (isGguf(format)) return format;
    return bits(format) == 8 ? WeightFormat::Q8_0 : WeightFormat::Q4_0;
}

std::string undivided(std::span<const std::int64_t> shape, WeightFormat blocks) {
    if (shape.size() != 2) return "blocks hold matrices alone, and this is a convolution";
    return "rows of " + std::to_string(shape.back()) + " values hold no whole block of " +
           std::string(ggmlType(blocks).name);
}

/// Whether the weight to be held is another one than the recipe rounds.
bool isReformed(std::span<const std::int64_t> shape, WeightFormat format, const PlannedTreatment* treated) {
    return treated && (treated->smoothed || (treated->rank > 0 && takesLowRank(format, shape)));
}

} // namespace

const ldm::GgmlType& GgufStorage::type() const {
    return blocks ? ggmlType(*blocks) : typeOf(floats);
}

GgufStorage ggufStorage(std::span<const std::int64_t> weightShape, WeightFormat format, const PlannedTreatment* treated,
                        FloatFormat floats) {
    const bool isPlain = bits(format) > 8 || (treated && treated->exact);
    if (isPlain) {
        const FloatFormat own = treated && treated->exact ? floats : floatsOf(format, floats);
        return {std::nullopt, floatsOf(weightShape, own)};
    }
    const WeightFormat wanted = blocksFor(format);
    const WeightFormat stored = storedAs(wanted, weightShape);
    const std::string fallback = stored == wanted ? "" : undivided(weightShape, wanted);
    if (!isGguf(stored))
        return {std::nullopt, floatsOf(weightShape, floatsOf(format, floats)), Carriage::Float, fallback};
    if (isReformed(weightShape, format, treated))
        return {stored, floats, Carriage::Requantized,
                "with smoothing and low rank it is another weight, which is rounded anew"};
    if (!isGguf(format) && !isInteger(format))
        return {stored, floats, Carriage::Requantized, "there are no 8-bit floats, so that it is rounded anew"};
    return {stored, floats, Carriage::Exact, fallback};
}

const ldm::GgmlType& ggufTypeOf(std::span<const std::int64_t> shape, FloatFormat floats) {
    return shape.size() < 2 ? typeOf(FloatFormat::Fp32) : typeOf(floatsOf(shape, floats));
}

const ldm::GgmlType& ggufTypeOf(ldm::DType type, const std::string& tensor) {
    const auto found = std::ranges::find_if(
        ldm::ggmlTypes(), [&](const ldm::GgmlType& each) { return !each.isBlock() && each.values == type; });
    if (found == ldm::ggmlTypes().end())
        throw ldm::badInput("'" + tensor + "' is of type " + std::string(ldm::nameOf(type)) +
                            ", which GGUF files cannot hold; export another format.");
    return *found;
}

std::uint32_t ggufFileType(const ldm::GgmlType& type) {
    static constexpr std::array<std::pair<std::string_view, std::uint32_t>, 11> kNumbers = {{{"F32", 0},
                                                                                             {"F16", 1},
                                                                                             {"Q4_0", 2},
                                                                                             {"Q4_1", 3},
                                                                                             {"Q8_0", 7},
                                                                                             {"Q5_0", 8},
                                                                                             {"Q5_1", 9},
                                                                                             {"Q4_K", 14},
                                                                                             {"Q5_K", 16},
                                                                                             {"Q6_K", 18},
                                                                                             {"BF16", 32}}};
    return std::ranges::find(kNumbers, type.name, &std::pair<std::string_view, std::uint32_t>::first)->second;
}

} // namespace quant
