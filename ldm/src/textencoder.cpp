#include "configreading.h"
#include "modules.h"
#include "transformer.h"

#include <ldm/error.h>
#include <ldm/textencoder.h>

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <utility>

namespace ldm {

namespace {

constexpr int kMostChannels = 65536;
/// Transformers' CLIP files carry this end-of-text id although it is none; the text then ends at the largest id.
constexpr int kUnsetEosToken = 2;
constexpr const char* kPlainClass = "CLIPTextModel";
constexpr const char* kProjectingClass = "CLIPTextModelWithProjection";

/// One layer of CLIP's text transformer.
class EncoderLayer {
public:
    EncoderLayer(NetworkBuilder& builder, const std::string& name, const TextEncoderConfig& config)
        : m_name(builder.fullName(name)), m_heads(config.heads), m_quick(config.activation == "quick_gelu"),
          m_norm1(builder.layerNorm(name + ".layer_norm1", config.hidden, config.normEps)),
          m_query(builder.linear(name + ".self_attn.q_proj", config.hidden, config.hidden)),
          m_key(builder.linear(name + ".self_attn.k_proj", config.hidden, config.hidden)),
          m_value(builder.linear(name + ".self_attn.v_proj", config.hidden, config.hidden)),
          m_out(builder.linear(name + ".self_attn.out_proj", config.hidden, config.hidden)),
          m_norm2(builder.layerNorm(name + ".layer_norm2", config.hidden, config.normEps)),
          m_expand(builder.linear(name + ".mlp.fc1", config.hidden, config.intermediate)),
          m_contract(builder.linear(name + ".mlp.fc2", config.intermediate, config.hidden)) {}

    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x, const at::Tensor& mask) const {
        at::Tensor hidden = x + attend(arithmetic, m_norm1(x), mask);
        const at::Tensor expanded = arithmetic.linear(*m_expand, m_norm2(hidden));
        const at::Tensor active = m_quick ? at::sigmoid(expanded * 1.702).mul_(expanded) : at::gelu(expanded);
        hidden = hidden + arithmetic.linear(*m_contract, active);
        arithmetic.produced(m_name, hidden);
        return hidden;
    }

private:
    at::Tensor attend(Arithmetic& arithmetic, const at::Tensor& x, const at::Tensor& mask) const {
        const auto project = [&](const Layer* layer) { return splitHeads(arithmetic.linear(*layer, x), m_heads); };
        const double scale = 1 / std::sqrt(static_cast<double>(x.size(2) / m_heads));
        const at::Tensor attended =
            arithmetic.attention(project(m_query), project(m_key), project(m_value), scale, mask);
        return arithmetic.linear(*m_out, mergeHeads(attended));
    }

    std::string m_name;
    int m_heads;
    bool m_quick;
    LayerNorm m_norm1;
    const Layer* m_query;
    const Layer* m_key;
    const Layer* m_value;
    const Layer* m_out;
    LayerNorm m_norm2;
    const Layer* m_expand;
    const Layer* m_contract;
};

/// Positions [P] of the first end-of-text tokens in rows of ids [P, tokens], by transformers' rule; 0 where there is
/// none.
at::Tensor endsOfText(const at::Tensor& ids, int eosToken) {
    return (eosToken == kUnsetEosToken ? ids : ids.eq(eosToken).to(at::kInt)).argmax(1);
}

} // namespace

TextEncoderConfig TextEncoderConfig::parse(const nlohmann::json& json, const std::string& file,
                                           const std::string& className) {
    if (className != kPlainClass && className != kProjectingClass)
        throw badInput(file + ": the text encoder is of class " + inQuotes(className) + ", but this version computes " +
                       kPlainClass + " and " + kProjectingClass + "; use a model with one of these.");
    ConfigReader reader(json, file);
    TextEncoderConfig config;
    config.vocabulary = reader.integer("vocab_size", config.vocabulary, 1, 1 << 22);
    config.hidden = reader.integer("hidden_size", 512, 1, kMostChannels);
    config.intermediate = reader.integer("intermediate_size", 2048, 1, kMostChannels);
    config.layers = reader.integer("num_hidden_layers", 12, 1, 256);
    config.heads = reader.integer("num_attention_heads", 8, 1, kMostChannels);
    if (config.hidden % config.heads != 0) reader.refuse("num_attention_heads", "must divide \"hidden_size\"");
    config.positions = reader.integer("max_position_embeddings", 77, 1, 1 << 16);
    config.activation = reader.oneOf("hidden_act", config.activation, {"quick_gelu", "gelu"});
    config.normEps = reader.number("layer_norm_eps", config.normEps, 0, 1);
    config.eosToken = reader.integer("eos_token_id", 49407, 0, 1 << 22);
    reader.only("model_type", {"clip_text_model"});
    reader.only("architectures", {nlohmann::json::array({kPlainClass}), nlohmann::json::array({kProjectingClass})});
    reader.only("use_attention_mask", {false});
    const int projection = reader.integer("projection_dim", 512, 1, kMostChannels);
    if (className == kProjectingClass) config.projection = projection;
    // Training, other outputs and storage; none of them changes the text states.
    reader.ignore({"attention_dropout", "dropout", "initializer_factor", "initializer_range", "bos_token_id",
                   "pad_token_id", "torch_dtype", "dtype", "transformers_version", "use_cache", "output_hidden_states",
                   "output_attentions", "return_dict", "gradient_checkpointing"});
    reader.finish();
    return config;
}

struct TextEncoder::Impl {
    TextEncoderConfig config;
    NetworkParts parts;
    NetworkBuilder builder;
    StoredTensor tokenTable;    ///< [vocabulary, dim]
    StoredTensor positionTable; ///< [positions, dim]
    std::vector<EncoderLayer> layers;
    LayerNorm finalNorm;
    std::string finalNormName;
    const Layer* projection = nullptr;

    Impl(TextEncoderConfig given, WeightSource& weights) : config(std::move(given)), builder(weights, parts) {
        tokenTable =
            builder.parameter("text_model.embeddings.token_embedding.weight", {config.vocabulary, config.hidden});
        positionTable =
            builder.parameter("text_model.embeddings.position_embedding.weight", {config.positions, config.hidden});
        for (int i = 0; i < config.layers; ++i)
            layers.emplace_back(builder, "text_model.encoder.layers." + std::to_string(i), config);
        finalNorm = builder.layerNorm("text_model.final_layer_norm", config.hidden, config.normEps);
        finalNormName = builder.fullName("text_model.final_layer_norm");
        if (config.projection > 0)
            projection = builder.linear("text_projection", config.hidden, config.projection, {.bias = false});
    }

    at::Tensor checkedIds(const std::vector<std::vector<int>>& tokens) const;
    at::Tensor embed(const at::Tensor& ids) const;
};

at::Tensor TextEncoder::Impl::checkedIds(const std::vector<std::vector<int>>& tokens) const {
    if (tokens.empty()) throw badInput("The text encoder was given no text.");
    const std::size_t length = tokens.front().size();
    std::vector<std::int64_t> ids;
    for (const std::vector<int>& row : tokens) {
        if (row.size() != length) throw badInput("All texts of a batch must have the same number of tokens.");
        for (const int id : row) {
            if (id < 0 || id >= config.vocabulary)
                throw badInput("Token " + std::to_string(id) + " is beyond the text encoder's vocabulary of " +
                               std::to_string(config.vocabulary) + "; the tokenizer belongs to another model.");
            ids.push_back(id);
        }
    }
    return at::tensor(ids, at::kLong)
        .view({static_cast<std::int64_t>(tokens.size()), static_cast<std::int64_t>(length)});
}

at::Tensor TextEncoder::Impl::embed(const at::Tensor& ids) const {
    const std::int64_t length = ids.size(1);
    if (length == 0 || length > config.positions)
        throw badInput("A text of " + std::to_string(length) +
                       " tokens does not fit the text encoder, which takes 1 to " + std::to_string(config.positions) +
                       "; shorten the tokenizer's model_max_length.");
    const at::Tensor words = tokenTable.values().index_select(0, ids.flatten()).to(at::kFloat);
    return words.view({ids.size(0), length, config.hidden}) + positionTable.values().slice(0, 0, length).to(at::kFloat);
}

TextEncoder::TextEncoder(TextEncoderConfig config, WeightSource& weights)
    : m_impl(std::make_unique<Impl>(std::move(config), weights)) {
    weights.finish();
}

TextEncoder::~TextEncoder() = default;
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;

const TextEncoderConfig& TextEncoder::config() const {
    return m_impl->config;
}

at::Tensor TextEncoder::finalNorm(const at::Tensor& hidden) const {
    return m_impl->finalNorm(hidden);
}

TextStates TextEncoder::encode(Arithmetic& arithmetic, const std::vector<std::vector<int>>& tokens,
                               int firstKept) const {
    return encode(arithmetic, m_impl->checkedIds(tokens), firstKept);
}

TextStates TextEncoder::encode(Arithmetic& arithmetic, const at::Tensor& ids, int firstKept) const {
    TextStates states;
    states.hidden.resize(m_impl->layers.size() + 1);
    const auto keep = [&](std::size_t index, const at::Tensor& hidden) {
        if (static_cast<int>(index) >= firstKept) states.hidden[index] = hidden;
    };
    at::Tensor hidden = m_impl->embed(ids);
    keep(0, hidden);
    const std::int64_t length = hidden.size(1);
    const at::Tensor mask = at::full({length, length}, -std::numeric_limits<float>::infinity(), at::kFloat).triu_(1);
    for (std::size_t i = 0; i < m_impl->layers.size(); ++i) {
        hidden = m_impl->layers[i](arithmetic, hidden, mask);
        keep(i + 1, hidden);
    }
    states.last = finalNorm(hidden);
    arithmetic.produced(m_impl->finalNormName, states.last);

    const at::Tensor ends = endsOfText(ids, m_impl->config.eosToken);
    const at::Tensor starts = at::arange(ids.size(0), ends.options()) * length;
    states.pooled = states.last.flatten(0, 1).index_select(0, starts + ends);
    if (m_impl->projection) states.projected = arithmetic.linear(*m_impl->projection, states.pooled);
    return states;
}

} // namespace ldm
