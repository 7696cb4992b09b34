#include "carriedconfigs.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>

#include <algorithm>

namespace ldm {

using nlohmann::json;

namespace {

constexpr const char* kIndex = "model_index";
constexpr const char* kScheduler = "scheduler";
constexpr const char* kEndOfText = "<|endoftext|>";
constexpr std::array<const char*, 2> kVocabularyFiles = {"vocab.json", "merges.txt"};

std::vector<std::string_view> lines(std::string_view text) {
    std::vector<std::string_view> result;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) result.push_back(line);
    }
    return result;
}

/// True if the files hold CLIP's own vocabulary, however they are written.
bool isClips(const TokenizerFiles& files) {
    const TokenizerFiles clip = TokenizerFiles::clip(kEndOfText);
    const auto same = [&](const char* name, const auto& meaning) {
        const auto found = files.texts.find(name);
        return found != files.texts.end() && meaning(found->second) == meaning(clip.texts.at(name));
    };
    return same(kVocabularyFiles[0], [](const std::string& text) { return parseJson(text, "vocab.json"); }) &&
           same(kVocabularyFiles[1], lines);
}

json carried(const TokenizerFiles& files) {
    json texts = files.texts;
    if (isClips(files))
        for (const char* name : kVocabularyFiles) texts.erase(name);
    return texts;
}

const PartKind& kindOf(const std::string& part) {
    return *std::find_if(partKinds().begin(), partKinds().end(),
                         [&](const PartKind& kind) { return kind.name == part; });
}

} // namespace

std::map<std::string, std::string> configurationFiles(const Checkpoint& checkpoint) {
    const auto text = [](const json& config) { return config.dump(2) + "\n"; };
    std::map<std::string, std::string> files = {{"model_index.json", text(checkpoint.pipelineConfig)},
                                                {"scheduler/scheduler_config.json", text(checkpoint.scheduler)}};
    for (const PartSource& part : checkpoint.parts) {
        files.emplace(part.name + "/config.json", text(part.config));
        for (const auto& [name, content] : part.tokenizer.texts)
            files.emplace(std::string(kindOf(part.name).tokenizer) + "/" + name, content);
    }
    return files;
}

std::string carriedConfigs(const Checkpoint& checkpoint) {
    json configs = {{kIndex, checkpoint.pipelineConfig}, {kScheduler, checkpoint.scheduler}};
    for (const PartSource& part : checkpoint.parts) {
        configs[part.name] = part.config;
        if (!part.tokenizer.texts.empty()) configs[kindOf(part.name).tokenizer] = carried(part.tokenizer);
    }
    return configs.dump();
}

CarriedConfigs::CarriedConfigs(const std::string& text, const std::string& file)
    : m_source(file + " (" + kCarriedConfigsKey + ")"), m_json(parseJson(text, m_source)) {
    if (!m_json.is_object()) throw fault("is no JSON object");
    for (const char* name : {kIndex, kScheduler}) config(name);
}

Error CarriedConfigs::fault(const std::string& what) const {
    return badInput(m_source + " " + what + "; export the file again.");
}

const json& CarriedConfigs::config(const std::string& name) const {
    const auto found = m_json.find(name);
    if (found == m_json.end() || !found->is_object()) throw fault("has no configuration \"" + name + "\"");
    return *found;
}

const json& CarriedConfigs::modelIndex() const {
    return config(kIndex);
}

const json& CarriedConfigs::scheduler() const {
    return config(kScheduler);
}

TokenizerFiles CarriedConfigs::tokenizer(const std::string& name) const {
    TokenizerFiles files = TokenizerFiles::clip(kEndOfText);
    std::erase_if(files.texts, [](const auto& file) {
        return file.first != kVocabularyFiles[0] && file.first != kVocabularyFiles[1];
    });
    files.source = m_source;
    for (const auto& [file, text] : config(name).items()) {
        if (!text.is_string()) throw fault("has no text under " + inQuotes(file) + " of \"" + name + "\"");
        files.texts.insert_or_assign(file, text.get<std::string>());
    }
    return files;
}

} // namespace ldm
