#include <analysis/compare.h>

#include <ldm/error.h>
#include <ldm/files.h>
#include <quant/cost.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <locale>
#include <sstream>

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

Json toJson(const std::optional<Recognition>& recognition) {
    if (!recognition) return nullptr;
    return {{"name", recognition->name}, {"probability", recognition->probability}};
}

Json toJson(const std::optional<SalienceMetrics>& metrics) {
    if (!metrics) return nullptr;
    return {{"drift", metrics->drift},
            {"salient_psnr", decibels(metrics->salientPsnr)},
            {"rest_psnr", decibels(metrics->restPsnr)}};
}

Json toJson(const std::optional<MeanSalience>& mean) {
    if (!mean) return nullptr;
    return {{"drift", mean->drift},
            {"salient_psnr", decibels(mean->salientPsnr)},
            {"rest_psnr", decibels(mean->restPsnr)},
            {"same_class", mean->sameClass},
            {"pictures", mean->pictures}};
}

Json pictureJson(const CompareRequest& request, const ComparedPicture& picture, std::size_t index) {
    auto quantized = Json::array();
    for (std::size_t recipe = 0; recipe < request.recipes.size(); ++recipe)
        quantized.push_back({{"recipe", request.recipes[recipe].name},
                             {"file", recipeFile(index, recipe)},
                             {"psnr", decibels(picture.metrics[recipe].psnr)},
                             {"ssim", picture.metrics[recipe].ssim},
                             {"perceptual", picture.metrics[recipe].perceptual},
                             {"agreement", toJson(picture.verdicts[recipe].agreement)},
                             {"class", toJson(picture.verdicts[recipe].recognition)},
                             {"salience", toJson(picture.metrics[recipe].salience)}});
    return {{"prompt", picture.prompt},
            {"seed", picture.seed},
            {"full", fileName(index, "full")},
            {"full_agreement", toJson(picture.fullVerdict.agreement)},
            {"full_class", toJson(picture.fullVerdict.recognition)},
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
            {"agreement", toJson(quality.agreement)},
            {"salience", toJson(quality.salience)}};
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

void writeDecibels(std::ostream& stream, double value) {
    if (std::isinf(value))
        stream << "exact";
    else
        stream << value;
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
    return result + '"';
}

/// Two cells, empty where nothing was recognised.
void writeClass(std::ostream& stream, const std::optional<Recognition>& recognition) {
    if (recognition)
        stream << quoted(recognition->name) << ',' << recognition->probability;
    else
        stream << ',';
}

/// Three cells, empty where there is no salience to compare.
void writeSalience(std::ostream& stream, const std::optional<SalienceMetrics>& metrics) {
    if (!metrics) {
        stream << ",,";
        return;
    }
    stream << metrics->drift << ',';
    writeDecibels(stream, metrics->salientPsnr);
    stream << ',';
    writeDecibels(stream, metrics->restPsnr);
}

/// One line per picture of a recipe.
std::string metricsCsv(const CompareRequest& request, const std::vector<ComparedPicture>& pictures) {
    std::ostringstream csv;
    csv.imbue(std::locale::classic());
    csv.precision(10);
    csv << "prompt,seed,recipe,psnr_db,ssim,perceptual,latent_sqnr_db,full_class,full_class_probability,class,"
           "class_probability,salience_drift,salient_psnr_db,rest_psnr_db\n";
    for (const ComparedPicture& picture : pictures)
        for (std::size_t recipe = 0; recipe < request.recipes.size(); ++recipe) {
            const ImageMetrics& metrics = picture.metrics[recipe];
            csv << quoted(picture.prompt) << ',' << picture.seed << ',' << quoted(request.recipes[recipe].name) << ',';
            writeDecibels(csv, metrics.psnr);
            csv << ',' << metrics.ssim << ',' << metrics.perceptual << ',';
            writeDecibels(csv, latentDb(picture.full.latent, picture.quantized[recipe].latent));
            csv << ',';
            writeClass(csv, picture.fullVerdict.recognition);
            csv << ',';
            writeClass(csv, picture.verdicts[recipe].recognition);
            csv << ',';
            writeSalience(csv, metrics.salience);
            csv << '\n';
        }
    return csv.str();
}

} // namespace

ComparisonRun::ComparisonRun(CompareRequest request)
    : m_request(std::move(request)), m_evaluator(Evaluator::embedded()) {
}

ldm::GenerateSettings ComparisonRun::settings() const {
    ldm::GenerateSettings settings = m_request.sampling;
    settings.prompt = m_request.prompts.at(prompt());
    settings.seed += prompt();
    if (settings.latents.empty()) return settings;
    settings.latentsRow = std::int64_t(prompt());
    settings.latentsRows = std::int64_t(m_request.prompts.size());
    return settings;
}

const quant::Recipe* ComparisonRun::recipe() const {
    const std::size_t place = m_made % perPrompt();
    return place == 0 ? nullptr : &m_request.recipes[place - 1];
}

void ComparisonRun::take(ldm::Picture picture) {
    Seen seen = see(m_evaluator, picture, recipe() ? &m_fullSeen : nullptr);
    const ldm::GenerateSettings next = settings();
    Verdict verdict{seen.perception.features, promptAgreement(m_evaluator, next.prompt, picture, seen.perception),
                    seen.recognition};
    if (!recipe()) {
        ComparedPicture& fresh = m_pictures.emplace_back();
        fresh.prompt = next.prompt;
        fresh.seed = next.seed;
        fresh.full = std::move(picture);
        fresh.fullVerdict = std::move(verdict);
        m_fullSeen = std::move(seen);
    } else {
        ComparedPicture& present = m_pictures.back();
        present.metrics.push_back(compareImages(present.full, picture, m_fullSeen, seen));
        present.verdicts.push_back(std::move(verdict));
        present.quantized.push_back(std::move(picture));
    }
    ++m_made;
}

std::vector<ComparedPicture> ComparisonRun::finishedPrompts() const {
    std::vector<ComparedPicture> finished = m_pictures;
    if (!finished.empty() && finished.back().quantized.size() < m_request.recipes.size()) finished.pop_back();
    return finished;
}

std::vector<ComparedPicture> compare(quant::Simulation& simulation, const CompareRequest& request, std::stop_token stop,
                                     const ldm::ProgressSink& progress) {
    ComparisonRun run(request);
    while (!run.done()) {
        const quant::Recipe* recipe = run.recipe();
        const auto part = share(progress, recipe ? recipe->name : "full precision", run.made(), run.total());
        auto picture = recipe ? simulation.quantized(*recipe, run.settings(), stop, part)
                              : simulation.full(run.settings(), stop, part);
        if (!picture) break;
        run.take(std::move(*picture));
    }
    return run.finishedPrompts();
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
        ldm::writeTextFile(aside / "metrics.csv", metricsCsv(request, pictures));
        ldm::writeTextFile(aside / kMetricsFile, metrics);
    };
    ldm::createAside(folder, overwrite, fill, kMetricsFile);
    return metrics;
}

} // namespace analysis
