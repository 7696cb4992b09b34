#include <app/cli/arithmetic.h>

#include <app/cli/options.h>

#include <set>

namespace app::cli {

namespace {

using quant::IntegerSupport;

std::string inWords(IntegerSupport support) {
    switch (support) {
    case IntegerSupport::FloatWeights:
        return "the weights are no integers of one scale per output channel";
    case IntegerSupport::FloatInputs:
        return "the inputs are no integers";
    case IntegerSupport::WideInputs:
        return "the inputs have more than 8 bits, which pays with VNNI only";
    case IntegerSupport::DynamicInputs:
        return "the ranges of the inputs are not known beforehand";
    case IntegerSupport::NoInstructions:
        return "this processor multiplies no bytes";
    case IntegerSupport::Saturating:
        return "this processor has no VNNI, so that sums of products with 8-bit weights would saturate";
    case IntegerSupport::Exact:
        break;
    }
    return "they are computed by integers";
}

bool isForWantOfInstructions(IntegerSupport support) {
    return support == IntegerSupport::NoInstructions || support == IntegerSupport::Saturating;
}

} // namespace

void addArithmetic(CLI::App& verb, std::optional<quant::Products>& products) {
    const auto choose = [&products](const std::string& name) {
        products = name == "int8" ? quant::Products::Integer : quant::Products::Float;
    };
    verb.add_option_function<std::string>("--arithmetic", choose,
                                          "how quantized layers multiply: int8, as integers where weights and inputs "
                                          "have at most 8 bits and this processor is exact, or float; default: int8")
        ->check(CLI::IsMember({"int8", "float"}).description({}));
}

void warnOfFloats(std::optional<quant::Products> products, const quant::Recipe& recipe, const ldm::ModelInfo& model) {
    if (products != quant::Products::Integer) return;
    const quant::Plan plan = quant::resolve(recipe, model);
    std::set<std::size_t> layers;
    std::string why;
    for (const quant::PlanSegment& segment : plan.segments)
        for (std::size_t layer = 0; layer < segment.formats.size(); ++layer) {
            const IntegerSupport support = quant::integerSupport(segment.formats[layer]);
            if (plan.treatmentOf(int(layer)) || !isForWantOfInstructions(support)) continue;
            layers.insert(layer);
            why = inWords(support);
        }
    if (!layers.empty())
        warn(std::to_string(layers.size()) + " layers of '" + recipe.name + "' are simulated in float32: " + why + ".");
}

LayerArithmetic arithmeticOf(const std::vector<quant::Format>& formats, const std::vector<bool>& isTreated) {
    LayerArithmetic result;
    for (std::size_t layer = 0; layer < formats.size(); ++layer) {
        const IntegerSupport support = quant::integerSupport(formats[layer]);
        if (isTreated[layer])
            ++result.floats["they are treated beyond their format"];
        else if (support == IntegerSupport::Exact)
            ++result.integers;
        else
            ++result.floats[inWords(support)];
    }
    return result;
}

} // namespace app::cli
