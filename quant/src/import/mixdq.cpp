#include "formats.h"

#include "layerformats.h"

#include <ldm/files.h>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <map>
#include <optional>
#include <sstream>

namespace quant {

namespace {

/// Ten times what SDXL takes; the parser needs seconds for a few such, and more than linear time for some texts.
constexpr std::size_t kLargestYaml = std::size_t{512} << 10;

/// Listens to one document of the form "module: bits". Building no tree, it refuses what is not that at once: nesting,
/// and anchors, with which a small file could stand for a huge one.
class BitsReader final : public YAML::EventHandler {
public:
    explicit BitsReader(const std::string& file) : m_file(file) {}

    std::map<std::string, std::int64_t> take() { return std::move(m_bits); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (m_documents++ > 0) fail(mark, "a second document begins here; one file must hold one");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { failForm(mark); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { failForm(mark); }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        failForm(mark);
    }
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        if (m_inMap || anchor != 0) failForm(mark);
        m_inMap = true;
    }
    void OnMapEnd() override {}

    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  const std::string& value) override {
        if (!m_inMap || anchor != 0) failForm(mark);
        if (!m_module) {
            m_module = value;
            return;
        }
        std::int64_t bits = 0;
        const char* const end = value.data() + value.size();
        const auto [rest, error] = std::from_chars(value.data(), end, bits);
        if (error != std::errc{} || rest != end || !LayerFormats::isWidth(bits))
            fail(mark, "the bits of " + ldm::inQuotes(*m_module) + " must be " + LayerFormats::widths());
        if (!m_bits.emplace(*m_module, bits).second)
            fail(mark, ldm::inQuotes(*m_module) + " stands here a second time; remove one of the two");
        m_module.reset();
    }

private:
    [[noreturn]] void fail(const YAML::Mark& mark, const std::string& sentence) const {
        failAt(m_file, {mark.line + 1, mark.column + 1}, sentence);
    }
    [[noreturn]] void failForm(const YAML::Mark& mark) const {
        fail(mark, "a recipe of MixDQ has lines of the form 'module: bits' and nothing else; this is none, nor one of "
                   "another program known here");
    }

    const std::string& m_file;
    int m_documents = 0;
    bool m_inMap = false;
    std::optional<std::string> m_module; ///< whose bits come next
    std::map<std::string, std::int64_t> m_bits;
};

std::map<std::string, std::int64_t> bitsByModule(const std::string& text, const std::string& file) {
    if (text.size() > kLargestYaml)
        throw ldm::badInput(file + " has more than 512 KiB, but bits of layers take much less; choose a recipe.");
    BitsReader reader(file);
    try {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(reader)) {
        }
    } catch (const YAML::Exception& error) {
        failAt(file, {error.mark.line + 1, error.mark.column + 1},
               "not valid YAML (" + error.msg + "); correct this line");
    }
    auto bits = reader.take();
    if (bits.empty()) throw ldm::badInput(file + " names no module; it must have lines of the form 'module: bits'.");
    return bits;
}

} // namespace

void requireMixDq(const std::string& text, const std::string& file) {
    bitsByModule(text, file);
}

ImportedRecipe importMixDq(const std::string& text, const std::filesystem::path& weights,
                           const std::filesystem::path& activations, const ldm::ModelInfo& model) {
    const bool hasActivations = !activations.empty();
    // What a file does not list runs in half precision there.
    LayerFormats formats(model, {WeightFormat::Fp16, hasActivations ? ActivationFormat::Fp16 : ActivationFormat::Fp32});
    for (const auto& [module, bits] : bitsByModule(text, weights.string())) formats.giveWeights(module, bits);
    if (hasActivations)
        for (const auto& [module, bits] :
             bitsByModule(ldm::readTextFile(activations, kLargestImport), activations.string()))
            formats.giveActivations(module, bits);
    else
        formats.note("the file was taken for one of weights, and nothing is said about inputs, which stay as they are; "
                     "name the file of their bits behind a colon to have both");
    return formats.toRecipe(weights.stem().string(), weights.string());
}

} // namespace quant
