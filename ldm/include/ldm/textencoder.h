#pragma once

#include <ldm/arithmetic.h>
#include <ldm/weights.h>

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ldm {

/// config.json of a CLIPTextModel or CLIPTextModelWithProjection, reduced to what changes the result; keys that ask for
/// anything else are refused by name.
struct TextEncoderConfig {
    int vocabulary = 49408;
    int hidden = 768;
    int intermediate = 3072;
    int layers = 12;
    int heads = 12;
    int positions = 77;
    std::string activation = "quick_gelu"; ///< or "gelu"
    double normEps = 1e-5;
    int eosToken = 2;   ///< 2: none was set, the text ends at its largest id
    int projection = 0; ///< dim of TextStates::projected; 0: a CLIPTextModel, which has none

    /// `className` is the class that the pipeline names for this part: it decides about the projection, as in
    /// diffusers.
    static TextEncoderConfig parse(const nlohmann::json& json, const std::string& file, const std::string& className);
};

/// What the encoder computes for a batch of token rows.
struct TextStates {
    std::vector<at::Tensor> hidden; ///< layers + 1 of [P, tokens, dim], the first is the embedding sum; undefined where
                                    ///< it was not asked for
    at::Tensor last;                ///< the last hidden state after final_layer_norm
    at::Tensor pooled;              ///< [P, dim] `last` at the end-of-text token
    at::Tensor projected; ///< [P, projection] `pooled` projected ("text_embeds"); undefined without projection
};

/// CLIPTextModel and CLIPTextModelWithProjection of transformers.
class TextEncoder {
public:
    TextEncoder(TextEncoderConfig config, WeightSource& weights);
    ~TextEncoder();
    TextEncoder(TextEncoder&&) noexcept;

    const TextEncoderConfig& config() const;
    /// tokens: rows of equal length, at most `positions`, each id below `vocabulary`. Hidden states before number
    /// `firstKept` are dropped as soon as they have been used.
    TextStates encode(Arithmetic& arithmetic, const std::vector<std::vector<int>>& tokens, int firstKept = 0) const;
    /// The same for ids [P, tokens] int64 whose values are not looked at.
    TextStates encode(Arithmetic& arithmetic, const at::Tensor& ids, int firstKept = 0) const;
    /// final_layer_norm alone, for encoders read one layer early.
    at::Tensor finalNorm(const at::Tensor& hidden) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ldm
