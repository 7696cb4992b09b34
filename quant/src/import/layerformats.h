#pragma once

#include <quant/recipeimport.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace quant {

inline constexpr std::size_t kLargestImport = std::size_t{16} << 20; ///< bytes of a text of another program

/// The formats that another program's recipe gives the layers of a model, collected one by one.
class LayerFormats {
public:
    /// `unnamed` is what layers have that nothing is said about.
    LayerFormats(const ldm::ModelInfo& model, Format unnamed);

    const ldm::ModelInfo& model() const { return m_model; }

    /// For numbers of bits that files give; any other is refused where it stands.
    static bool isWidth(std::int64_t bits);
    static std::string widths(); ///< "'1', '2', ... or '32'"

    /// `module` as diffusers names it, perhaps behind "model." or "unet."; unknown ones are told by toRecipe().
    void giveWeights(std::string_view module, std::int64_t bits);
    void giveActivations(std::string_view module, std::int64_t bits);
    void setWeights(std::size_t layer, WeightFormat format) { m_formats[layer].weights = format; }
    /// Counts a layer that gets something else than was asked: "2 bits", "int4".
    void countSubstitute(const std::string& asked, const std::string& given);
    void note(std::string_view clause);

    /// Throws BadInput naming the modules that the model lacks; `source` is the file.
    ImportedRecipe toRecipe(std::string name, const std::string& source) const;

private:
    std::optional<std::size_t> layerOf(std::string_view module);

    const ldm::ModelInfo& m_model;
    std::unordered_map<std::string_view, std::size_t> m_layers; ///< by name without "unet."
    std::vector<Format> m_formats;                              ///< by layer
    std::vector<std::string> m_unknown;
    std::map<std::pair<std::string, std::string>, int> m_substitutes; ///< layers by what was asked and given
    std::vector<std::string> m_notes;
};

} // namespace quant
