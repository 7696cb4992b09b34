#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quant {

/// How weights are stored. Int8 and Int4 are symmetric with one float32 scale per output channel.
enum class WeightFormat { Fp32, Fp16, Bf16, Fp8E4M3, Int8, Int4 };
/// How the input of a layer is represented. Int16 and Int8 are asymmetric, static, one range per tensor.
enum class ActivationFormat { Fp32, Fp16, Bf16, Fp8E4M3, Int16, Int8 };

/// The precision of one layer.
struct Format {
    WeightFormat weights = WeightFormat::Fp32;
    ActivationFormat activations = ActivationFormat::Fp32;
    auto operator<=>(const Format&) const = default;
};

int bits(WeightFormat format);
int bits(ActivationFormat format);
/// The names used in recipes: "fp32", "fp8_e4m3", "int8", ...
std::string_view nameOf(WeightFormat format);
std::string_view nameOf(ActivationFormat format);
std::optional<WeightFormat> weightFormat(std::string_view name);
std::optional<ActivationFormat> activationFormat(std::string_view name);
const std::vector<WeightFormat>& allWeightFormats();         ///< from most to fewest bits
const std::vector<ActivationFormat>& allActivationFormats(); ///< from most to fewest bits

/// The short form of the field: "w8a8", "w4a16", "w8" (activations untouched), "a8" (weights untouched); floats are
/// spelled out ("wfp16a8", "wfp8a8"); a float used for both sides stands alone ("fp16"). parseFormat reads every form
/// that toString writes and throws ldm::Error (BadInput) naming the accepted ones otherwise.
std::string toString(Format format);
Format parseFormat(std::string_view text);
/// Comma-separated list without duplicates, at least one.
std::vector<Format> parseFormats(std::string_view text);

} // namespace quant
