#include <app/cli/inspectlayer.h>

#include <app/cli/texttable.h>

#include <cmath>

namespace app::cli {

namespace {

constexpr std::size_t kShownPeaks = 5;

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

Json finite(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

Json decibelsJson(double db) {
    return std::isinf(db) && db > 0 ? Json("exact") : finite(db);
}

Json rangeJson(quant::Range range) {
    return Json::array({range.lo, range.hi});
}

Json spreadJson(const analysis::Spread& spread) {
    return {{"range", rangeJson(spread.range)},
            {"binBegin", spread.bins.begin},
            {"binWidth", spread.bins.width},
            {"counts", spread.bins.counts}};
}

/// No ratio where the median is zero.
Json peaksJson(const std::vector<analysis::ChannelPeak>& peaks) {
    Json json = Json::array();
    for (const analysis::ChannelPeak& peak : peaks)
        json.push_back({{"layer", peak.layer},
                        {"channel", peak.channel},
                        {"largest", peak.largest},
                        {"ratio", finite(peak.ratio)}});
    return json;
}

Json jsonOf(const analysis::WeightFacts& facts) {
    Json json{{"spread", spreadJson(facts.spread)}, {"channels", peaksJson(facts.peaks)}, {"sqnrDb", Json::object()}};
    for (const analysis::WeightSqnr& each : facts.sqnr)
        json["sqnrDb"][std::string(quant::nameOf(each.format))] = decibelsJson(each.db);
    return json;
}

Json jsonOf(const analysis::InputFacts& facts) {
    Json json{{"spread", spreadJson(facts.spread)}, {"channels", peaksJson(facts.peaks)}, {"steps", Json::array()}};
    for (const analysis::StepRange& step : facts.steps)
        json["steps"].push_back(
            {{"timestep", step.timestep}, {"range", rangeJson(step.all)}, {"middle", rangeJson(step.middle)}});
    return json;
}

/// All together, and every layer by its name.
template <class Facts> Json jsonOf(const analysis::Inspection<Facts>& found) {
    Json json = jsonOf(found.together);
    for (const Facts& layer : found.layers) json["layers"][layer.name] = jsonOf(layer);
    return json;
}

std::string peaksText(const std::vector<analysis::ChannelPeak>& peaks) {
    TextTable table({"channels that stand out", "channel", "largest", "times the median"});
    for (std::size_t i = 0; i < std::min(kShownPeaks, peaks.size()); ++i)
        table.add({peaks[i].layer, std::to_string(peaks[i].channel), number(peaks[i].largest),
                   std::isinf(peaks[i].ratio) ? "median is 0" : fixed(peaks[i].ratio, 2)});
    return table.text() + '\n';
}

std::string textOf(const analysis::WeightFacts& facts) {
    TextTable formats({"weights as", "SQNR in dB"});
    for (const analysis::WeightSqnr& each : facts.sqnr)
        formats.add({std::string(quant::nameOf(each.format)), decibels(each.db)});
    return "weights from " + number(facts.spread.range.lo) + " to " + number(facts.spread.range.hi) + "\n\n" +
           formats.text() + '\n' + peaksText(facts.peaks);
}

std::string textOf(const analysis::InputFacts& facts) {
    TextTable steps({"inputs at", "smallest", fixed(analysis::kOutsidePercent / 2, 1) + " %",
                     fixed(100 - analysis::kOutsidePercent / 2, 1) + " %", "largest"});
    for (const analysis::StepRange& step : facts.steps)
        steps.add({"t=" + std::to_string(step.timestep), number(step.all.lo), number(step.middle.lo),
                   number(step.middle.hi), number(step.all.hi)});
    return steps.text() + '\n' + peaksText(facts.peaks);
}

std::optional<analysis::InputInspection> watched(const LayerOptions& options, const ldm::Model& model,
                                                 const std::vector<int>& layers, const Running& running) {
    analysis::AnalysisSettings settings = options.settings;
    settings.prompts = options.prompts.prompts();
    return analysis::InputInspector(model, settings, layers).run(running.stop, running.progress);
}

} // namespace

void addLayerOptions(CLI::App& verb, LayerOptions& options) {
    CLI::Option* layer = verb.add_option("--layer", options.layer,
                                         "block or layer to look into: how its weights and inputs are spread, its "
                                         "range over time, channels that stand out, SQNR of every weight format");
    verb.add_flag("--weights-only", options.weightsOnly, "run nothing: with --layer, leave the inputs out")
        ->needs(layer);
    addPrompts(verb, options.prompts);
    addPromptReading(verb, options.settings);
    addScheduler(verb, options.settings.scheduler, options.settings.scheduler);
    addSampling(verb, options.settings.steps, options.settings.guidance, options.settings.seed);
}

Outcome inspectLayer(const LayerOptions& options, const Running& running) {
    const ldm::Model model = ldm::Model::open(options.model);
    const std::vector<int> layers = analysis::layersOf(model.info(), options.layer);
    const auto weights = analysis::inspectWeights(model, layers, running.stop, running.progress);
    const bool watches = !options.weightsOnly && model.info().analyzes;
    const auto inputs = weights && watches ? watched(options, model, layers, running) : std::nullopt;
    Outcome outcome;
    outcome.interrupted = !weights || (watches && !inputs);
    if (outcome.interrupted) {
        outcome.text = "nothing was found out.";
        return outcome;
    }
    outcome.json = {{"id", options.layer}, {"weights", jsonOf(*weights)}, {"inputs", nullptr}};
    outcome.text =
        options.layer + ", " + std::to_string(layers.size()) + (layers.size() == 1 ? " layer\n" : " layers\n");
    outcome.text += textOf(weights->together);
    if (inputs) {
        outcome.json["inputs"] = jsonOf(*inputs);
        outcome.text += textOf(inputs->together);
    }
    return outcome;
}

} // namespace app::cli
