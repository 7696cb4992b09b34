#pragma once

#include <quant/export.h>

#include <ldm/ggmlblocks.h>
#include <ldm/safetensors.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace quant {

/// How a GGUF file holds the weight of a layer.
struct GgufStorage {
    std::optional<WeightFormat> blocks; ///< one of ggml's block types; without one:
    FloatFormat floats = FloatFormat::Fp16;
    Carriage carriage = Carriage::Float;
    std::string why = {}; ///< where the type is not the one that the recipe asks for

    const ldm::GgmlType& type() const;
};

/// What a recipe's format becomes, storedAs() for GGUF types. Integers keep their codes in Q8_0 and Q4_0, whose blocks
/// repeat the scale; what those do not divide, convolutions among them, stays float with the rounding baked in.
/// 8-bit floats and weights that smoothing or a low rank changes are rounded anew.
GgufStorage ggufStorage(std::span<const std::int64_t> weightShape, WeightFormat format, const PlannedTreatment* treated,
                        FloatFormat floats);

/// How tensors are held that are no weights of layers: vectors in F32, the rest in `floats`, but for convolutions,
/// which programs compute from F16.
const ldm::GgmlType& ggufTypeOf(std::span<const std::int64_t> shape, FloatFormat floats);
/// ggml's type of plain values. Throws BadInput naming the tensor where there is none.
const ldm::GgmlType& ggufTypeOf(ldm::DType type, const std::string& tensor);

/// llama.cpp's number for files that hold mostly this type: general.file_type.
std::uint32_t ggufFileType(const ldm::GgmlType& type);

} // namespace quant
