#pragma once

#include "exporter.h"
#include "job.h"

namespace quant {

/// Why a layer is not carried as integers, whatever its shape: empty where the recipe leaves it in floats or computes
/// it exactly. Nothing where it has integers.
std::optional<std::string> reasonForFloats(WeightFormat format, const PlannedTreatment* treated);

/// True if the weight that a file is to hold is another one than the recipe's integers: smoothed, or with its low rank
/// added. Such a weight is rounded anew.
bool isReformed(const ldm::LayerInfo& layer, WeightFormat format, const PlannedTreatment* treated);
inline constexpr const char* kReformed = "with smoothing and low rank it is another weight, which is rounded anew";

/// True if one scale holds for a whole output channel.
bool hasRowScales(const ldm::LayerInfo& layer, WeightFormat format);

/// How formats whose linear layers are 8-bit integers with one scale per output carry a layer; convolutions are floats.
LayerCarriage carriedByRows(const ldm::LayerInfo& layer, WeightFormat format, const PlannedTreatment* treated,
                            FloatFormat floats);
/// The same layer's codes int8 [out, ...] and scales float32 [out]: those of the recipe where they are carried exactly,
/// else its weights rounded anew.
IntegerWeights integerRows(const ExportJob& job, int layer);

/// Scales as loaders want them: those of channels that are zero throughout, whose codes are zero too, become 1.
at::Tensor withoutZeros(const at::Tensor& scales);

/// Codes of 0 to 15, two in a byte, the first in the low bits: uint8 [codes / 2]. Their number must be even.
at::Tensor packedNibbles(const at::Tensor& codes);

/// The tensor name of a module's weight or what else belongs to it: "conv_in.weight" and "scale" make "conv_in.scale".
std::string besides(const std::string& weight, const std::string& what);

/// A part's tensors, those of layers that are not carried as floats replaced by what `pieces` makes of each.
std::vector<BakedTensor> withQuantizedLayers(ExportJob& job, const ldm::PartSource& part,
                                             const std::function<std::vector<BakedTensor>(const BakedTensor&)>& pieces);

} // namespace quant
