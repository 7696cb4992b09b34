#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quant {

/// How weights are stored. Integers are symmetric; Int8 and Int4 have one float32 scale per output channel, Int4G32 and
/// its like one per group of so many consecutive elements of a channel. The Q formats are ggml's blocks, as in GGUF
/// files; which of them a layer can have, storedAs() says.
enum class WeightFormat {
    Fp32,
    Fp16,
    Bf16,
    Fp8E4M3,
    Int8,
    Int4,
    Int4G32,
    Int4G64,
    Int4G128,
    Q8_0,
    Q6_K,
    Q5_K,
    Q5_1,
    Q5_0,
    Q4_K,
    Q4_1,
    Q4_0
};
/// How the input of a layer is represented. Integers are asymmetric. Int16, Int8 and Int4 are static: one calibrated
/// range per tensor. Int8Token and Int4Token are dynamic: each token has the range of its own values, a token being a
/// row of the last dimension for linear layers and a sample for convolutions.
enum class ActivationFormat { Fp32, Fp16, Bf16, Fp8E4M3, Int16, Int8, Int8Token, Int4, Int4Token };

/// The precision of one layer.
struct Format {
    WeightFormat weights = WeightFormat::Fp32;
    ActivationFormat activations = ActivationFormat::Fp32;
    auto operator<=>(const Format&) const = default;
};

int bits(WeightFormat format); ///< of one code, without scales
int bits(ActivationFormat format);
/// Elements of an output channel that share a float32 scale, consecutive in memory; 0 where all of them do, and nothing
/// for formats without such scales.
std::optional<std::int64_t> scaleGroup(WeightFormat format);
bool isInteger(WeightFormat format); ///< symmetric codes with float32 scales
bool isGguf(WeightFormat format);    ///< one of ggml's block types
/// True for formats with one range per tensor, found by calibration; a token's range is its own.
bool isCalibrated(ActivationFormat format);

/// The format a weight really has where the format of its recipe cannot hold it, which is so for GGUF types only: they
/// divide the innermost dimension into blocks. Convolutions stay Fp16; rows that are no whole number of blocks become
/// Q8_0 if its blocks divide them, else Fp16. Simulation, cost and files all follow this.
WeightFormat storedAs(WeightFormat format, std::span<const std::int64_t> weightShape);

/// The names used in recipes: "fp32", "fp8_e4m3", "int8", "int4_g64", "q4_k", "int8_token", ...
std::string_view nameOf(WeightFormat format);
std::string_view nameOf(ActivationFormat format);
std::optional<WeightFormat> weightFormat(std::string_view name);
std::optional<ActivationFormat> activationFormat(std::string_view name);
const std::vector<WeightFormat>& allWeightFormats();         ///< from most to fewest bits
const std::vector<ActivationFormat>& allActivationFormats(); ///< from most to fewest bits

/// The short form of the field: "w8a8", "w4a16", "w8" (activations untouched), "a8" (weights untouched); floats are
/// spelled out ("wfp16a8", "wfp8a8"), and so are GGUF types ("wq4_ka8"); groups and tokens are added ("w4g64a8t"); a
/// float used for both sides stands alone ("fp16"). parseFormat reads every form
/// that toString writes and throws ldm::Error (BadInput) naming the accepted ones otherwise.
std::string toString(Format format);
Format parseFormat(std::string_view text);
/// Comma-separated list without duplicates, at least one.
std::vector<Format> parseFormats(std::string_view text);

} // namespace quant
