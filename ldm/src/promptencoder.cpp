#include <ldm/error.h>
#include <ldm/promptencoder.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <utility>

namespace ldm {

namespace {

/// Of prepared weights: a prompt is encoded once, so only those of small models are worth keeping.
constexpr std::int64_t kKeptBytes = std::int64_t{64} << 20;

/// A prompt as one encoder sees it.
struct TokenRow {
    std::vector<int> ids;       ///< with start and end, neither cut nor padded
    std::vector<float> weights; ///< by id
};

TokenRow tokenRow(const Tokenizer& tokenizer, const std::string& prompt, bool weighted) {
    if (!weighted) {
        TokenRow row{tokenizer.encode(prompt), {}};
        row.weights.assign(row.ids.size(), 1);
        return row;
    }
    TokenRow row{tokenizer.encode({}), {1, 1}};
    for (const WeightedText& piece : parseWeights(prompt)) {
        const std::vector<int> ids = tokenizer.encode(piece.text);
        row.ids.insert(row.ids.end() - 1, ids.begin() + 1, ids.end() - 1);
        row.weights.insert(row.weights.end() - 1, ids.size() - 2, static_cast<float>(piece.weight));
    }
    return row;
}

/// Cut and padded to `length` tokens; what is added weighs 1.
TokenRow fitted(const Tokenizer& tokenizer, TokenRow row, int length) {
    row.ids = tokenizer.fitted(std::move(row.ids), length);
    row.weights.resize(row.ids.size(), 1);
    row.weights.back() = 1;
    return row;
}

/// Scales the states [tokens, dim] of one prompt by its tokens' weights and restores their mean.
at::Tensor weigh(const at::Tensor& states, const std::vector<float>& weights) {
    if (std::all_of(weights.begin(), weights.end(), [](float weight) { return weight == 1; })) return states;
    const at::Tensor scaled = states * at::tensor(weights, states.options()).unsqueeze(1);
    const at::Tensor mean = scaled.mean();
    return mean.item<float>() == 0 ? scaled : scaled * (states.mean() / mean);
}

at::Tensor contextOf(const TextEncoder& encoder, const TextStates& states, PromptRule rule, std::size_t layer) {
    if (rule == PromptRule::Penultimate) return states.hidden[layer];
    return layer + 1 == states.hidden.size() ? states.last : encoder.finalNorm(states.hidden[layer]);
}

/// The hidden state that is read, counted from the embedding sum.
int layerRead(const TextEncoderConfig& config, PromptRule rule, int clipSkip) {
    const int usual = rule == PromptRule::Penultimate ? config.layers - 1 : config.layers;
    if (clipSkip < 0 || clipSkip > usual)
        throw badInput("A text encoder of " + std::to_string(config.layers) + " layers cannot skip " +
                       std::to_string(clipSkip) + " of them; choose a CLIP skip from 0 to " + std::to_string(usual) +
                       ".");
    return usual - clipSkip;
}

void checkBranch(const PromptEncoder::Branch& branch, const std::string& number, int tokens) {
    const auto refuse = [&](const std::string& fault) {
        throw badInput("Tokenizer " + number + " does not go with text encoder " + number + ": " + fault +
                       "; use parts that belong to one model.");
    };
    const TextEncoderConfig& config = branch.encoder.config();
    const int length = branch.tokenizer.maxLength(), size = branch.tokenizer.vocabularySize();
    if (length > config.positions)
        refuse("model_max_length is " + std::to_string(length) + ", max_position_embeddings " +
               std::to_string(config.positions));
    if (size > config.vocabulary)
        refuse("its vocabulary has " + std::to_string(size) + " tokens, vocab_size is " +
               std::to_string(config.vocabulary));
    if (length != tokens)
        refuse("model_max_length is " + std::to_string(length) + " here and " + std::to_string(tokens) +
               " for the first encoder, whose states are joined with these");
}

} // namespace

PromptRule promptRuleOf(std::string_view pipelineClass) {
    return pipelineClass.starts_with("StableDiffusionXL") ? PromptRule::Penultimate : PromptRule::LastNormed;
}

PromptEncoder::PromptEncoder(std::vector<Branch> branches, PromptRule rule)
    : m_branches(std::move(branches)), m_rule(rule) {
    if (m_branches.empty()) throw badInput("The model has no text encoder; open one that has.");
    for (std::size_t i = 0; i < m_branches.size(); ++i)
        checkBranch(m_branches[i], std::to_string(i + 1), m_branches.front().tokenizer.maxLength());
    if (rule == PromptRule::LastNormed && m_branches.size() > 1)
        throw badInput("The pipeline reads one text encoder, but the model has " + std::to_string(m_branches.size()) +
                       "; correct the pipeline's class in model_index.json.");
    if (rule == PromptRule::Penultimate && m_branches.back().encoder.config().projection == 0)
        throw badInput("The pipeline needs a projected text embedding, but its last text encoder is no "
                       "CLIPTextModelWithProjection; correct its class in model_index.json.");
    for (std::size_t i = 0; i < m_branches.size(); ++i)
        m_arithmetic.emplace_back(FloatSettings{.compute = {}, .keptBytes = kKeptBytes});
}

int PromptEncoder::contextChannels() const {
    int channels = 0;
    for (const Branch& branch : m_branches) channels += branch.encoder.config().hidden;
    return channels;
}

int PromptEncoder::pooledChannels() const {
    return m_rule == PromptRule::Penultimate ? m_branches.back().encoder.config().projection : 0;
}

int PromptEncoder::tokens() const {
    return m_branches.front().tokenizer.maxLength();
}

PromptStates PromptEncoder::encode(const std::vector<std::string>& prompts, const PromptOptions& options) {
    const at::NoGradGuard noGrad;
    PromptStates result;
    std::vector<at::Tensor> contexts;
    for (std::size_t i = 0; i < m_branches.size(); ++i) {
        const Branch& branch = m_branches[i];
        std::vector<std::vector<int>> ids, rows;
        std::vector<std::vector<float>> weights;
        for (const std::string& prompt : prompts) {
            TokenRow row = fitted(branch.tokenizer, tokenRow(branch.tokenizer, prompt, options.weighted), tokens());
            ids.push_back(std::move(row.ids));
            weights.push_back(std::move(row.weights));
        }
        const int layer = layerRead(branch.encoder.config(), m_rule, options.clipSkip);
        const TextStates states = branch.encoder.encode(m_arithmetic[i], ids, layer);
        std::vector<at::Tensor> context = contextOf(branch.encoder, states, m_rule, layer).unbind();
        for (std::size_t row = 0; row < context.size(); ++row) context[row] = weigh(context[row], weights[row]);
        contexts.push_back(at::stack(context));
        if (m_rule == PromptRule::Penultimate) result.pooled = states.projected;
    }
    result.context = at::cat(contexts, 2);
    return result;
}

std::vector<CutPrompt> PromptEncoder::cut(const std::vector<std::string>& prompts, const PromptOptions& options) const {
    std::vector<CutPrompt> result;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        std::size_t longest = 0;
        for (const Branch& branch : m_branches)
            longest = std::max(longest, tokenRow(branch.tokenizer, prompts[i], options.weighted).ids.size());
        const CutPrompt whole{i, static_cast<int>(longest) - 2, tokens() - 2};
        if (whole.tokens > whole.kept) result.push_back(whole);
    }
    return result;
}

} // namespace ldm
