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
/// ones multiply, \( \) \[ \] and \\ stand for the character. Unbalanced brackets are text. Neighbours of equal weight
/// are one piece; an empty prompt has none. Throws BadInput for weights beyond -100..100.
std::vector<WeightedText> parseWeights(std::string_view prompt);

/// Which hidden states a pipeline takes from its encoders.
enum class PromptRule {
    LastNormed,  ///< Stable Diffusion 1.x and 2.x, LCM: of the last layer, after the final norm
    Penultimate, ///< SDXL: of the last layer but one, as they are, and the last encoder's projected embedding as pooled
};

/// The rule of a pipeline class of diffusers: "StableDiffusionXLPipeline".
PromptRule promptRuleOf(std::string_view pipelineClass);

struct PromptOptions {
    int clipSkip = 0; ///< 0: the usual layer; n: n layers earlier, as `clip_skip` in diffusers, which applies it to
                      ///< prompts and never to negative ones
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

/// Tokenizers and text encoders of a pipeline: one for SD 1.x and 2.x, two for SDXL, whose hidden states are joined in
/// their last dimension. Full precision; one thread at a time.
class PromptEncoder {
public:
    struct Branch {
        Tokenizer tokenizer;
        TextEncoder encoder;
    };

    /// Throws BadInput if tokenizer and encoder of a branch, or the branches and the rule, do not go together.
    PromptEncoder(std::vector<Branch> branches, PromptRule rule);

    const std::vector<Branch>& branches() const { return m_branches; }
    int contextChannels() const; ///< dim of PromptStates::context
    int pooledChannels() const;  ///< 0 where there is none
    int tokens() const;          ///< rows of the context

    /// With weights w per token t and unweighted states c, the context is c[t] w[t] * mean(c) / mean(c w), the means
    /// over the whole [tokens, dim] of each encoder; start, end and padding weigh 1. Weights that are all 1 change
    /// nothing. The pooled embedding stays unweighted. Throws BadInput for prompts that are no UTF-8 and layers there
    /// are not.
    PromptStates encode(const std::vector<std::string>& prompts, const PromptOptions& options);
    /// Prompts longer than the context; what is beyond is not seen by the model.
    std::vector<CutPrompt> cut(const std::vector<std::string>& prompts, const PromptOptions& options = {}) const;

private:
    std::vector<Branch> m_branches;
    PromptRule m_rule;
    std::vector<FloatArithmetic> m_arithmetic; ///< one per branch
};

} // namespace ldm
