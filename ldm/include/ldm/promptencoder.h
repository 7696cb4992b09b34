#pragma once

#include <ldm/textencoder.h>
#include <ldm/tokenizer.h>

#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// A piece of a prompt with its weight: "(red:1.3) apple" is "red" at 1.3 and " apple" at 1.
struct WeightedText {
    std::string text;
    double weight = 1;
    bool operator==(const WeightedText&) const = default;
};

/// Reads the weighting syntax that users of web interfaces know: (text:1.2), (text) for 1.1, [text] for 1 / 1.1, nested
/// ones multiply, \( and \) stand for themselves. Unbalanced brackets are text.
std::vector<WeightedText> parseWeights(std::string_view prompt);

struct PromptOptions {
    int clipSkip = 0;      ///< 0: the usual layer; n: n layers earlier, as `clip_skip` in diffusers
    bool weighted = false; ///< reads (word:1.2); off, as in diffusers, brackets are text
};

/// What the UNet is told about prompts.
struct PromptStates {
    at::Tensor context; ///< [P, tokens, dim]; dim joins the encoders'
    at::Tensor pooled;  ///< [P, dim] projected text embedding, SDXL; undefined elsewhere
};

/// A prompt that did not fit into the encoder's tokens.
struct CutPrompt {
    std::size_t prompt = 0; ///< index
    int tokens = 0;         ///< of the whole prompt, without start and end
    int kept = 0;
};

/// Tokenizers and text encoders of a pipeline: one for SD 1.x and 2.x, two for SDXL, whose hidden states are joined.
class PromptEncoder {
public:
    struct Branch {
        Tokenizer tokenizer;
        TextEncoder encoder;
    };

    explicit PromptEncoder(std::vector<Branch> branches);

    const std::vector<Branch>& branches() const { return m_branches; }
    int contextChannels() const; ///< dim of PromptStates::context
    int pooledChannels() const;  ///< 0 where there is none
    int tokens() const;          ///< rows of the context

    /// Weighted pieces scale their tokens' states around the unweighted mean, which is kept, as in common practice.
    PromptStates encode(const std::vector<std::string>& prompts, const PromptOptions& options);
    /// Prompts longer than the context; what is beyond is not seen by the model.
    std::vector<CutPrompt> cut(const std::vector<std::string>& prompts) const;

private:
    std::vector<Branch> m_branches;
    std::vector<FloatArithmetic> m_arithmetic; ///< one per branch
};

} // namespace ldm
