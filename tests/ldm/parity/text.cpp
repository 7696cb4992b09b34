#include "pipeline.h"

#include <ATen/ATen.h>
#include <ldm/jsonreading.h>

#include <stdexcept>

namespace parity {

namespace {

using support::Tolerance;

const ldm::PromptEncoder::Branch& branchAt(ldm::Networks& networks, std::size_t index) {
    const auto& branches = networks.prompts().branches();
    if (index >= branches.size())
        throw std::runtime_error("the model has only " + std::to_string(branches.size()) + " text encoders");
    return branches[index];
}

std::vector<int> row(const at::Tensor& ids, std::size_t index) {
    const at::Tensor one = ids[static_cast<std::int64_t>(index)].to(at::kInt).contiguous();
    return {one.data_ptr<int>(), one.data_ptr<int>() + one.numel()};
}

void checkTokenizer(Checks& checks, const ldm::Tokenizer& tokenizer, const json& entry) {
    const std::string name = entry.at("tokenizer");
    checks.onlyKeys(entry, {"tokenizer", "ids", "untruncated", "mode"}, name);
    if (entry.value("mode", "basic") != "basic") throw std::runtime_error("mode " + entry.at("mode").dump());
    std::vector<std::string> texts = checks.description().at("prompts");
    for (const json& text : checks.description().at("tok_prompts")) texts.push_back(text);
    const at::Tensor ids = checks.recorded(entry.at("ids"));
    const json& whole = entry.at("untruncated");
    checks.require(ids.size(0) == static_cast<std::int64_t>(texts.size()) && whole.size() == texts.size(),
                   name + " number of prompts");
    checks.require(ids.size(1) == tokenizer.maxLength(), name + " length");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::string what = name + " ids of prompt " + std::to_string(i);
        checks.require(tokenizer.encode(texts[i]) == whole.at(i).get<std::vector<int>>(), what + ", whole");
        checks.require(tokenizer.padded(texts[i], static_cast<int>(ids.size(1))) == row(ids, i), what);
    }
}

void checkEncoder(Checks& checks, const ldm::PromptEncoder::Branch& branch, const std::string& name, int prompt) {
    ldm::FloatArithmetic arithmetic;
    const std::string text = checks.description().at("prompts").at(static_cast<std::size_t>(prompt));
    const ldm::TextStates states = branch.encoder.encode(arithmetic, {branch.tokenizer.padded(text)});
    Outputs outputs = {{"last_hidden_state", states.last[0]}, {"pooler_output", states.pooled[0]}};
    if (states.projected.defined()) outputs["text_embeds"] = states.projected[0];
    for (std::size_t k = 0; k < states.hidden.size(); ++k) outputs["hidden." + std::to_string(k)] = states.hidden[k][0];
    outputs["penultimate_ln"] = branch.encoder.finalNorm(states.hidden[states.hidden.size() - 2])[0];
    checks.compareAll(name + "/p" + std::to_string(prompt) + "/", {}, outputs, Tolerance::kSingleForward);
}

} // namespace

void checkTokenizers(Checks& checks, ldm::Networks& networks) {
    const json& entries = checks.description().at("tokenizers");
    checks.require(entries.size() == networks.prompts().branches().size(), "number of tokenizers");
    for (std::size_t i = 0; i < entries.size(); ++i)
        checks.section(entries[i].at("tokenizer"),
                       [&] { checkTokenizer(checks, branchAt(networks, i).tokenizer, entries[i]); });
}

void checkTextEncoders(Checks& checks, ldm::Networks& networks) {
    const json& names = checks.description().at("text_encoders");
    checks.require(names.size() == networks.prompts().branches().size(), "number of text encoders");
    for (std::size_t i = 0; i < names.size(); ++i)
        for (const int prompt : checks.description().at("te_prompts"))
            checks.section(names[i], [&] { checkEncoder(checks, branchAt(networks, i), names[i], prompt); });
}

/// The contexts that UNet calls are given are the prompt encoder's.
void checkContexts(Checks& checks, ldm::Networks& networks) {
    const std::string contexts = "unet/ctx/", embeddings = "unet/text_embeds/";
    const json& prompts = checks.description().at("prompts");
    for (const std::string& tensor : checks.reference().names(contexts)) {
        const std::string name = tensor.substr(contexts.size());
        const std::string prompt = prompts.at(checks.description().at(name).get<std::size_t>());
        const ldm::PromptStates states = networks.prompts().encode({prompt}, {});
        checks.compare(tensor, states.context, Tolerance::kSingleForward);
        if (checks.reference().has(embeddings + name))
            checks.compare(embeddings + name, states.pooled, Tolerance::kSingleForward);
    }
}

void checkTokenizerFixture(Report& report, const std::filesystem::path& folder) {
    const json fixture = support::describedReference(folder);
    // Ids by the rules of ftfy or of the fast tokenizer are recorded beside: this program has one set of rules.
    report.onlyKeys(fixture, {"format", "vocab", "prompts", "ids_basic", "ids_ftfy", "ids_fast_emulated"},
                    "reference.json");
    const auto files = ldm::TokenizerFiles::of(folder / fixture.at("vocab").get<std::string>());
    const auto own = ldm::TokenizerFiles::clip("<|endoftext|>");
    const bool isClip = own.texts.at("merges.txt") == files.texts.at("merges.txt");
    const ldm::Tokenizer tokenizer = ldm::Tokenizer::read(files), clip = ldm::Tokenizer::read(own);
    if (isClip)
        report.require(json::parse(own.texts.at("vocab.json")) == json::parse(files.texts.at("vocab.json")),
                       "vocabulary that comes with the program");
    const json &prompts = fixture.at("prompts"), &ids = fixture.at("ids_basic");
    report.require(prompts.size() == ids.size() && !ids.empty(), "number of prompts");
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        const std::string prompt = prompts[i], what = "ids of prompt " + std::to_string(i);
        const auto expected = ids.at(i).get<std::vector<int>>();
        report.require(tokenizer.encode(prompt) == expected, what);
        if (isClip) report.require(clip.encode(prompt) == expected, what + " by the program's own vocabulary");
    }
}

} // namespace parity
