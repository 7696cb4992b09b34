#include <quant/format.h>

#include <quant/ggml.h>

#include <ldm/error.h>

#include <algorithm>
#include <array>

namespace quant {

namespace {

/// One row per format: everything that is known about it.
template <typename F> struct Named {
    F format;
    int bits;
    std::string_view name;
    std::string_view shortName; ///< after "w" or "a"
    bool isFloat = false;
};

constexpr std::array<Named<WeightFormat>, 17> kWeights{{
    {WeightFormat::Fp32, 32, "fp32", "fp32", true},
    {WeightFormat::Fp16, 16, "fp16", "fp16", true},
    {WeightFormat::Bf16, 16, "bf16", "bf16", true},
    {WeightFormat::Fp8E4M3, 8, "fp8_e4m3", "fp8", true},
    {WeightFormat::Q8_0, 8, "q8_0", "q8_0"},
    {WeightFormat::Int8, 8, "int8", "8"},
    {WeightFormat::Q6_K, 6, "q6_k", "q6_k"},
    {WeightFormat::Q5_1, 5, "q5_1", "q5_1"},
    {WeightFormat::Q5_K, 5, "q5_k", "q5_k"},
    {WeightFormat::Q5_0, 5, "q5_0", "q5_0"},
    {WeightFormat::Q4_1, 4, "q4_1", "q4_1"},
    {WeightFormat::Int4G32, 4, "int4_g32", "4g32"},
    {WeightFormat::Q4_K, 4, "q4_k", "q4_k"},
    {WeightFormat::Q4_0, 4, "q4_0", "q4_0"},
    {WeightFormat::Int4G64, 4, "int4_g64", "4g64"},
    {WeightFormat::Int4G128, 4, "int4_g128", "4g128"},
    {WeightFormat::Int4, 4, "int4", "4"},
}};

constexpr std::array<Named<ActivationFormat>, 9> kActivations{{
    {ActivationFormat::Fp32, 32, "fp32", "fp32", true},
    {ActivationFormat::Fp16, 16, "fp16", "fp16", true},
    {ActivationFormat::Bf16, 16, "bf16", "bf16", true},
    {ActivationFormat::Int16, 16, "int16", "16"},
    {ActivationFormat::Fp8E4M3, 8, "fp8_e4m3", "fp8", true},
    {ActivationFormat::Int8Token, 8, "int8_token", "8t"},
    {ActivationFormat::Int8, 8, "int8", "8"},
    {ActivationFormat::Int4Token, 4, "int4_token", "4t"},
    {ActivationFormat::Int4, 4, "int4", "4"},
}};

template <typename F, std::size_t N> const Named<F>& row(const std::array<Named<F>, N>& table, F format) {
    return *std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.format == format; });
}

template <typename F, std::size_t N>
std::optional<F> find(const std::array<Named<F>, N>& table, std::string_view name) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.name == name; });
    if (found == table.end()) return std::nullopt;
    return found->format;
}

template <typename F, std::size_t N> std::vector<F> formatsOf(const std::array<Named<F>, N>& table) {
    std::vector<F> all;
    for (const auto& r : table) all.push_back(r.format);
    return all;
}

template <typename F, std::size_t N> std::string shortNames(const std::array<Named<F>, N>& table, char side) {
    std::string names;
    for (const auto& r : table) {
        if (r.bits == 32) continue;
        if (!names.empty()) names += ", ";
        names += side + std::string(r.shortName);
    }
    return names;
}

std::string accepted() {
    return "write a weight format (" + shortNames(kWeights, 'w') + "), an activation format (" +
           shortNames(kActivations, 'a') + "), one of each (w8a8, wfp16a8), or fp32, fp16, bf16 or fp8 for both.";
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace

int bits(WeightFormat format) {
    return row(kWeights, format).bits;
}

int bits(ActivationFormat format) {
    return row(kActivations, format).bits;
}

std::optional<std::int64_t> scaleGroup(WeightFormat format) {
    switch (format) {
    case WeightFormat::Fp8E4M3:
    case WeightFormat::Int8:
    case WeightFormat::Int4:
        return 0;
    case WeightFormat::Int4G32:
        return 32;
    case WeightFormat::Int4G64:
        return 64;
    case WeightFormat::Int4G128:
        return 128;
    default:
        return std::nullopt;
    }
}

bool isInteger(WeightFormat format) {
    return scaleGroup(format) && format != WeightFormat::Fp8E4M3;
}

bool isGguf(WeightFormat format) {
    return format >= WeightFormat::Q8_0; // the enumeration ends with them
}

bool isCalibrated(ActivationFormat format) {
    switch (format) {
    case ActivationFormat::Fp8E4M3:
    case ActivationFormat::Int16:
    case ActivationFormat::Int8:
    case ActivationFormat::Int4:
        return true;
    default:
        return false;
    }
}

WeightFormat storedAs(WeightFormat format, std::span<const std::int64_t> weightShape) {
    if (!isGguf(format)) return format;
    if (weightShape.size() != 2) return WeightFormat::Fp16;
    const std::int64_t row = weightShape.back();
    if (row % static_cast<std::int64_t>(ggmlType(format).elements) == 0) return format;
    const bool fitsQ8 = row % static_cast<std::int64_t>(ggmlType(WeightFormat::Q8_0).elements) == 0;
    return fitsQ8 ? WeightFormat::Q8_0 : WeightFormat::Fp16;
}

std::string_view nameOf(WeightFormat format) {
    return row(kWeights, format).name;
}

std::string_view nameOf(ActivationFormat format) {
    return row(kActivations, format).name;
}

std::optional<WeightFormat> weightFormat(std::string_view name) {
    return find(kWeights, name);
}

std::optional<ActivationFormat> activationFormat(std::string_view name) {
    return find(kActivations, name);
}

const std::vector<WeightFormat>& allWeightFormats() {
    static const std::vector<WeightFormat> all = formatsOf(kWeights);
    return all;
}

const std::vector<ActivationFormat>& allActivationFormats() {
    static const std::vector<ActivationFormat> all = formatsOf(kActivations);
    return all;
}

std::string toString(Format format) {
    const auto& w = row(kWeights, format.weights);
    const auto& a = row(kActivations, format.activations);
    if (w.isFloat && w.name == a.name) return std::string(w.shortName);
    std::string text;
    if (format.weights != WeightFormat::Fp32) text.append("w").append(w.shortName);
    if (format.activations != ActivationFormat::Fp32) text.append("a").append(a.shortName);
    return text;
}

Format parseFormat(std::string_view text) {
    for (const auto& w : kWeights)
        for (const auto& a : kActivations)
            if (const Format format{w.format, a.format}; toString(format) == text) return format;
    throw ldm::badInput("unknown format '" + std::string(text) + "'; " + accepted());
}

std::vector<Format> parseFormats(std::string_view text) {
    std::vector<Format> formats;
    for (;;) {
        const auto comma = text.find(',');
        const Format format = parseFormat(trimmed(text.substr(0, comma)));
        if (std::find(formats.begin(), formats.end(), format) != formats.end())
            throw ldm::badInput("format '" + toString(format) + "' is given twice; name each format once.");
        formats.push_back(format);
        if (comma == std::string_view::npos) return formats;
        text.remove_prefix(comma + 1);
    }
}

} // namespace quant
