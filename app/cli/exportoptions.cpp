#include <app/cli/exportoptions.h>

#include <app/cli/options.h>

#include <analysis/layerdb.h>

#include <ldm/error.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace app::cli {

namespace {

using quant::ExportOption;

std::string formatsUsing(ExportOption option) {
    std::string names;
    for (const quant::ExportFormatInfo& format : quant::exportFormats())
        if (format.uses(option)) names.append(names.empty() ? "" : ", ").append(format.name);
    return names;
}

std::string flagOf(ExportOption option) {
    return "--" + std::string(quant::nameOf(option));
}

/// Adds the options of one verb.
class Adder {
public:
    Adder(CLI::App& verb, ExportChoices& choices) : m_verb(verb), m_choices(choices) {}

    template <class Value>
    CLI::Option* addChoice(ExportOption option, Value& value, const std::map<std::string, Value>& names,
                           const std::string& help) {
        const auto take = [&value, names](const std::string& name) { value = names.at(name); };
        return m_verb.add_option_function<std::string>(flagOf(option), take, described(option, help))
            ->check(CLI::IsMember(names).description({}));
    }
    CLI::Option* addText(ExportOption option, std::string& text, const std::string& help) {
        return m_verb.add_option(flagOf(option), text, described(option, help));
    }
    CLI::Option* addFlag(ExportOption option, bool& flag, bool when, const std::string& help) {
        return m_verb.add_flag_callback(
            flagOf(option), [&flag, when] { flag = when; }, described(option, help));
    }
    CLI::Option* addPixels() {
        CLI::Option* size = addSize(m_verb, m_choices.options.width, m_choices.options.height);
        return size->description(described(ExportOption::Size, size->get_description()));
    }

private:
    static std::string described(ExportOption option, const std::string& help) {
        return help + " (" + formatsUsing(option) + ")";
    }

    CLI::App& m_verb;
    ExportChoices& m_choices;
};

std::map<std::string, quant::FloatFormat> floatFormats() {
    std::map<std::string, quant::FloatFormat> formats;
    for (const quant::FloatFormat format : quant::kFloatFormats) formats.emplace(quant::nameOf(format), format);
    return formats;
}

std::map<std::string, int> schemas() {
    std::map<std::string, int> found;
    for (const std::string_view name : quant::kAimetSchemas) found.emplace(name, static_cast<int>(found.size()));
    return found;
}

const CLI::Option* add(ExportOption option, CLI::App& verb, ExportChoices& choices) {
    Adder adder(verb, choices);
    quant::ExportOptions& options = choices.options;
    switch (option) {
    case ExportOption::Floats:
        return adder.addChoice(option, options.floats, floatFormats(),
                               "what is stored of weights that are not quantized: fp32, fp16 or bf16; default: " +
                                   std::string(quant::nameOf(options.floats)));
    case ExportOption::UnetOnly:
        return adder.addFlag(option, options.unetOnly, true, "leave out text encoders and autoencoder");
    case ExportOption::Prefixed:
        return adder.addFlag(option, options.prefixed, true,
                             "let the names of a UNet alone begin with model.diffusion_model.");
    case ExportOption::Variant:
        return adder.addText(option, options.variant, "name weight files with it, such as fp16");
    case ExportOption::FloatGraph:
        return adder.addFlag(option, options.quantizes, false, "quantize nothing: write the graphs in full precision");
    case ExportOption::Size:
        return adder.addPixels();
    case ExportOption::Schema:
        return adder.addChoice(option, options.schema, schemas(),
                               "version of the file: 0.6.1 or 1.0.0; default: " + std::string(quant::kAimetSchemas[0]));
    case ExportOption::LayerDb:
        break;
    }
    return adder.addText(option, choices.analysis, "analysis of this model, whose local maps tell the SQNR of layers");
}

} // namespace

void addExportOptions(CLI::App& verb, ExportChoices& choices) {
    for (const ExportOption option : quant::kExportOptions)
        if (!formatsUsing(option).empty()) choices.known.emplace_back(option, add(option, verb, choices));
}

void requireUsed(const ExportChoices& choices, const quant::ExportFormatInfo& format) {
    for (const auto& [option, given] : choices.known)
        if (given->count() > 0 && !format.uses(option))
            throw CLI::ValidationError(flagOf(option), "says nothing about the format " + std::string(format.name) +
                                                           "; it is for " + formatsUsing(option));
    if (choices.options.prefixed && !choices.options.unetOnly && format.uses(ExportOption::UnetOnly))
        throw CLI::ValidationError(flagOf(ExportOption::Prefixed),
                                   "is a matter of a UNet alone; add " + flagOf(ExportOption::UnetOnly));
}

quant::ExportOptions exportOptionsFor(const ExportChoices& choices, const quant::Recipe& recipe,
                                      const ldm::ModelInfo& model) {
    quant::ExportOptions options = choices.options;
    if (choices.analysis.empty()) return options;
    options.layerDb = analysis::layerDb(analysis::loadAnalysis(choices.analysis), quant::resolve(recipe, model), model);
    if (std::ranges::none_of(options.layerDb, [](const auto& db) { return db.has_value(); }))
        throw ldm::badInput("The analysis " + choices.analysis +
                            " holds no local map of a format that the recipe uses; analyze with --metrics local and "
                            "those formats.");
    return options;
}

} // namespace app::cli
