#include <analysis/compare.h>

#include <ldm/error.h>
#include <ldm/files.h>
#include <quant/cost.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>

namespace analysis {

namespace {

using Json = nlohmann::ordered_json;

/// Progress of one picture as its share of all.
ldm::ProgressSink share(const ldm::ProgressSink& sink, std::string what, std::size_t picture, std::size_t pictures) {
    if (!sink) return {};
    return [sink, what = std::move(what), picture, pictures](const ldm::Progress& inner) {
        const auto total = std::max<std::int64_t>(inner.total, 1);
        sink({what, std::int64_t(picture) * total + inner.done, std::int64_t(pictures) * total});
    };
}

Json decibels(double value) {
    return std::isinf(value) ? Json("exact") : Json(value);
}

std::string fileName(std::size_t prompt, const std::string& what) {
    return std::to_string(prompt + 1) + "-" + what + ".png";
}

std::string recipeFile(std::size_t prompt, std::size_t recipe) {
    return fileName(prompt, "recipe" + std::to_string(recipe + 1));
}

std::string caption(const ImageMetrics& metrics) {
    char text[96];
    if (std::isinf(metrics.psnr))
        std::snprintf(text, sizeof text, "exact");
    else
        std::snprintf(text, sizeof text, "%.1f dB  SSIM %.3f perceptual %.3f", metrics.psnr, metrics.ssim,
                      metrics.perceptual);
    return text;
}

Sheet sheetOf(const CompareRequest& request, const std::vector<ComparedPicture>& pictures) {
    Sheet sheet;
    sheet.columns.push_back("full precision");
    for (const auto& recipe : request.recipes) sheet.columns.push_back(recipe.name);
    for (const auto& picture : pictures) {
        sheet.rows.push_back(picture.prompt);
        auto& cells = sheet.cells.emplace_back(std::vector<ldm::Image>{picture.full});
        cells.insert(cells.end(), picture.quantized.begin(), picture.quantized.end());
        auto& captions = sheet.captions.emplace_back(std::vector{"seed " + std::to_string(picture.seed)});
        for (const auto& metrics : picture.metrics) captions.push_back(caption(metrics));
    }
    return sheet;
}

Json toJson(const std::optional<Agreement>& agreement) {
    if (!agreement) return nullptr;
    return {{"probability", agreement->probability}, {"rank", agreement->rank}};
}

Json toJson(const std::optional<MeanAgreement>& mean) {
    if (!mean) return nullptr;
    return {
        {"probability", mean->probability}, {"top1", mean->top1}, {"top5", mean->top5}, {"pictures", mean->pictures}};
}

Json pictureJson(const CompareRequest& request, const ComparedPicture& picture, std::size_t index) {
    auto quantized = Json::array();
    for (std::size_t recipe = 0; recipe < request.recipes.size(); ++recipe)
        quantized.push_back({{"recipe", request.recipes[recipe].name},
                             {"file", recipeFile(index, recipe)},
                             {"psnr", decibels(picture.metrics[recipe].psnr)},
                             {"ssim", picture.metrics[recipe].ssim},
                             {"perceptual", picture.metrics[recipe].perceptual},
                             {"agreement", toJson(picture.verdicts[recipe].agreement)}});
    return {{"prompt", picture.prompt},
            {"seed", picture.seed},
            {"full", fileName(index, "full")},
            {"full_agreement", toJson(picture.fullVerdict.agreement)},
            {"quantized", std::move(quantized)}};
}

Json meanJson(const std::string& recipe, const quant::Cost& cost, const RecipeQuality& quality) {
    return {{"recipe", recipe},
            {"bytes", cost.bytes},
            {"bops", cost.bops},
            {"end_to_end", decibels(quality.endToEndDb)},
            {"psnr", decibels(quality.mean.psnr)},
            {"ssim", quality.mean.ssim},
            {"perceptual", quality.mean.perceptual},
            {"exact", quality.exact},
            {"frechet", quality.frechet ? Json(*quality.frechet) : Json()},
            {"agreement", toJson(quality.agreement)}};
}

/// Of the UNet, at the size of the pictures.
quant::Cost costOf(const CompareRequest& request, std::size_t recipe, const ldm::ModelInfo& model) {
    const auto whole = ldm::checked(request.sampling, model);
    return quant::cost(quant::resolve(request.recipes[recipe], model), model, whole.height / model.vaeScale,
                       whole.width / model.vaeScale);
}

std::string metricsJson(const CompareRequest& request, const std::vector<ComparedPicture>& pictures,
                        const ldm::ModelInfo& model) {
    auto all = Json::array();
    for (std::size_t i = 0; i < pictures.size(); ++i) all.push_back(pictureJson(request, pictures[i], i));
    const ComparisonQuality quality = qualityOf(pictures);
    auto means = Json::array();
    for (std::size_t recipe = 0; recipe < request.recipes.size(); ++recipe)
        means.push_back(
            meanJson(request.recipes[recipe].name, costOf(request, recipe, model), quality.recipes.at(recipe)));
    const auto& sampling = request.sampling;
    const Json json{{"noisefloor_comparison", 1},
                    {"model", {{"name", model.name}, {"fingerprint", model.fingerprint}}},
                    {"sampling",
                     {{"scheduler", sampling.scheduler},
                      {"steps", sampling.steps},
                      {"guidance", sampling.guidance},
                      {"latents", sampling.latents.empty() ? Json() : Json(sampling.latents.string())},
                      {"negative", sampling.negative ? Json(*sampling.negative) : Json()},
                      {"width", pictures.front().full.width},
                      {"height", pictures.front().full.height}}},
                    {"pictures", std::move(all)},
                    {"full", {{"agreement", toJson(quality.full)}}},
                    {"mean", std::move(means)}};
    return json.dump(2) + "\n";
}

} // namespace

std::vector<ComparedPicture> compare(quant::Simulation& simulation, const CompareRequest& request, std::stop_token stop,
                                     const ldm::ProgressSink& progress) {
    const Evaluator evaluator = Evaluator::embedded();
    std::vector<ComparedPicture> finished;
    const std::size_t total = request.prompts.size() * (request.recipes.size() + 1);
    std::size_t done = 0;
    for (const auto& prompt : request.prompts) {
        auto settings = request.sampling;
        settings.prompt = prompt;
        settings.seed += finished.size();
        settings.latentsRow = std::int64_t(finished.size());
        settings.latentsRows = std::int64_t(request.prompts.size());
        auto full = simulation.full(settings, stop, share(progress, "full precision", done++, total));
        if (!full) return finished;
        const Perception fullSeen = evaluator.look(*full);
        ComparedPicture picture;
        picture.prompt = prompt;
        picture.seed = settings.seed;
        picture.full = std::move(*full);
        picture.fullVerdict = {fullSeen.features, promptAgreement(evaluator, prompt, picture.full, fullSeen)};
        for (const auto& recipe : request.recipes) {
            auto image = simulation.quantized(recipe, settings, stop, share(progress, recipe.name, done++, total));
            if (!image) return finished;
            const Perception seen = evaluator.look(*image);
            picture.metrics.push_back(compareImages(picture.full, *image, fullSeen, seen));
            picture.verdicts.push_back({seen.features, promptAgreement(evaluator, prompt, *image, seen)});
            picture.quantized.push_back(std::move(*image));
        }
        finished.push_back(std::move(picture));
    }
    return finished;
}

std::string writeComparison(const CompareRequest& request, const std::vector<ComparedPicture>& pictures,
                            const ldm::ModelInfo& model, const std::filesystem::path& folder, bool overwrite) {
    if (pictures.empty())
        throw ldm::Error(ldm::ErrorKind::Failed, "No picture was finished, so " + folder.string() +
                                                     " was not written; compare again and let it run on.");
    const std::string metrics = metricsJson(request, pictures, model);
    const auto fill = [&](const std::filesystem::path& aside) {
        std::filesystem::create_directories(aside);
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            savePng(pictures[i].full, aside / fileName(i, "full"));
            for (std::size_t recipe = 0; recipe < pictures[i].quantized.size(); ++recipe)
                savePng(pictures[i].quantized[recipe], aside / recipeFile(i, recipe));
        }
        savePng(draw(sheetOf(request, pictures)), aside / "sheet.png");
        ldm::writeTextFile(aside / kMetricsFile, metrics);
    };
    ldm::createAside(folder, overwrite, fill, kMetricsFile);
    return metrics;
}

} // namespace analysis
