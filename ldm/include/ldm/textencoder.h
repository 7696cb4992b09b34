#pragma once

#include <ldm/arithmetic.h>
#include <ldm/weights.h>

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ldm {

/// text_encoder/config.json of a CLIPTextModel.
struct TextEncoderConfig {
    int vocabulary = 49408;
    int hidden = 768;
    int intermediate = 3072;
    int layers = 12;
    int heads = 12;
    int positions = 77;
    std::string activation = "quick_gelu"; ///< or "gelu"
    double normEps = 1e-5;
    int eosToken = 2;

    static TextEncoderConfig parse(const nlohmann::json& json, const std::string& file);
};

/// What the encoder computes for a batch of token rows.
struct TextStates {
    std::vector<at::Tensor> hidden; ///< layers + 1 of [P, tokens, dim]; the first is the embedding sum
    at::Tensor last;                ///< the last hidden state after final_layer_norm: the UNet's context
    at::Tensor pooled;              ///< [P, dim] at the end-of-text token
};

/// CLIPTextModel of transformers.
class TextEncoder {
public:
    TextEncoder(TextEncoderConfig config, WeightSource& weights);
    ~TextEncoder();
    TextEncoder(TextEncoder&&) noexcept;

    const TextEncoderConfig& config() const;
    /// tokens: rows of equal length, at most `positions`, each id below `vocabulary`.
    TextStates encode(Arithmetic& arithmetic, const std::vector<std::vector<int>>& tokens) const;
    /// final_layer_norm alone, for encoders read one layer early.
    at::Tensor finalNorm(const at::Tensor& hidden) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ldm
