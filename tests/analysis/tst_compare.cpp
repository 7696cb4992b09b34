#include "cases.h"

#include <analysis/compare.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <QTemporaryDir>

#include <fstream>
#include <limits>
#include <set>

using namespace analysis;
namespace fs = std::filesystem;

namespace {

CompareRequest requestOf(const std::vector<std::string>& formats) {
    CompareRequest request;
    for (const auto& format : formats) {
        auto& recipe = request.recipes.emplace_back();
        recipe.name = "all " + format;
        recipe.base = quant::parseFormat(format);
    }
    request.prompts = {"a red circle", "caf\xC3\xA9"};
    request.sampling.steps = 2;
    request.sampling.seed = 40;
    return request;
}

std::set<std::string> namesIn(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
    return names;
}

} // namespace

class CompareTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyPromptIsComparedUnderEveryRecipe() {
        quant::Simulation simulation(support::tinyModel());
        const auto request = requestOf({"w4", "fp32"});
        ldm::Progress last;
        const auto pictures = compare(simulation, request, {}, [&](const ldm::Progress& progress) {
            QVERIFY(progress.done <= progress.total);
            last = progress;
        });
        QCOMPARE(last.done, last.total);
        QCOMPARE(pictures.size(), std::size_t(2));
        QCOMPARE(pictures[1].seed, std::uint64_t(41));
        for (const auto& picture : pictures) {
            QCOMPARE(picture.quantized.size(), std::size_t(2));
            QVERIFY(picture.quantized[1] == picture.full);
            QVERIFY(std::isinf(picture.metrics[1].psnr));
            QVERIFY(std::isfinite(picture.metrics[0].psnr) && picture.metrics[0].ssim < 1);
            QCOMPARE(picture.metrics[0].psnr, psnr(picture.full, picture.quantized[0]));
            QVERIFY(picture.metrics[0].perceptual > 0);
            QCOMPARE(picture.metrics[1].perceptual, 0.0);
            QCOMPARE(picture.verdicts[1].features, picture.fullVerdict.features);
        }
    }

    void aRunGoesOnWhereItWasStopped() {
        quant::Simulation simulation(support::tinyModel());
        const auto request = requestOf({"w4", "w8"});
        ComparisonRun run(request);
        QCOMPARE(run.total(), std::size_t(6));
        const auto makeNext = [&] {
            auto picture =
                run.recipe() ? simulation.quantized(*run.recipe(), run.settings()) : simulation.full(run.settings());
            run.take(std::move(*picture));
        };
        for (int i = 0; i < 5; ++i) makeNext();
        QCOMPARE(run.finishedPrompts().size(), std::size_t(1));
        QCOMPARE(run.pictures().size(), std::size_t(2));
        QCOMPARE(run.recipe()->name, std::string("all w8"));
        makeNext();
        QVERIFY(run.done());
        const auto atOnce = compare(simulation, request);
        for (std::size_t i = 0; i < atOnce.size(); ++i) {
            QVERIFY(run.pictures()[i].quantized == atOnce[i].quantized);
            QCOMPARE(run.pictures()[i].metrics[1].psnr, atOnce[i].metrics[1].psnr);
            QCOMPARE(latentDb(run.pictures()[i].full.latent, run.pictures()[i].full.latent),
                     std::numeric_limits<double>::infinity());
        }
    }

    void latentsOfDifferentSizesAreRefused() {
        QCOMPARE(latentDb({1, 1, 1, 1}, {1, 1, 1, 3}), 0.0);
        const auto said = support::failureOf(ldm::ErrorKind::BadInput, [] { latentDb({1, 2}, {1}); });
        QVERIFY2(said.find("different sizes") != std::string::npos, said.c_str());
    }

    void everyPromptHasItsRowOfGivenLatents() {
        quant::Simulation simulation(support::tinyModel());
        auto request = requestOf({"w8"});
        request.sampling.latents = target("latents.safetensors");
        const auto noise = at::randn({3, 4, 8, 8});
        support::writeLatents(request.sampling.latents, noise.narrow(0, 0, 2));
        const auto pictures = compare(simulation, request);
        auto alone = request.sampling;
        alone.prompt = request.prompts[1];
        alone.latents = target("row.safetensors");
        support::writeLatents(alone.latents, noise.narrow(0, 1, 1));
        QVERIFY(simulation.full(alone) == pictures[1].full);
        QVERIFY(simulation.quantized(request.recipes[0], alone) == pictures[1].quantized[0]);
        const auto metrics = writeComparison(request, pictures, simulation.model().info(), target("given"), false);
        QCOMPARE(nlohmann::json::parse(metrics)["sampling"]["latents"].get<std::string>(),
                 request.sampling.latents.string());

        support::writeLatents(request.sampling.latents, noise);
        const auto said = support::failureOf(ldm::ErrorKind::BadInput, [&] { compare(simulation, request); });
        QVERIFY2(said.find("[2, 4, 8, 8], a row for each prompt") != std::string::npos, said.c_str());
    }

    void theFolderHoldsPicturesSheetAndMetrics() {
        quant::Simulation simulation(support::tinyModel());
        const auto request = requestOf({"w4", "fp32"});
        const auto pictures = compare(simulation, request);
        const auto folder = target("out");
        const auto text = writeComparison(request, pictures, simulation.model().info(), folder, false);
        QCOMPARE(namesIn(folder),
                 (std::set<std::string>{"1-full.png", "1-recipe1.png", "1-recipe2.png", "2-full.png", "2-recipe1.png",
                                        "2-recipe2.png", "metrics.csv", "metrics.json", "sheet.png"}));
        QVERIFY(loadPng(folder / "2-recipe1.png") == pictures[1].quantized[0]);
        std::ifstream stream(folder / "metrics.json");
        const std::string written{std::istreambuf_iterator<char>(stream), {}};
        QCOMPARE(written, text);
        std::ifstream table(folder / "metrics.csv");
        std::string line;
        std::getline(table, line);
        QCOMPARE(line, std::string("prompt,seed,recipe,psnr_db,ssim,perceptual,latent_sqnr_db,full_class,"
                                   "full_class_probability,class,class_probability,salience_drift,salient_psnr_db,"
                                   "rest_psnr_db"));
        std::getline(table, line);
        QVERIFY2(line.starts_with("\"a red circle\",40,\"all w4\","), line.c_str());
        std::getline(table, line);
        QCOMPARE(line, std::string("\"a red circle\",40,\"all fp32\",exact,1,0,exact,,,,,,,"));
        const auto json = nlohmann::json::parse(text);
        QCOMPARE(json["pictures"][1]["prompt"].get<std::string>(), request.prompts[1]);
        QCOMPARE(json["pictures"][0]["quantized"][1]["psnr"].get<std::string>(), std::string("exact"));
        QCOMPARE(json["pictures"][0]["quantized"][0]["psnr"].get<double>(), pictures[0].metrics[0].psnr);
        QCOMPARE(json["mean"][0]["psnr"].get<double>(),
                 (pictures[0].metrics[0].psnr + pictures[1].metrics[0].psnr) / 2);
        QCOMPARE(json["mean"][1]["psnr"].get<std::string>(), std::string("exact"));
        QCOMPARE(json["mean"][1]["exact"].get<int>(), 2);
        QCOMPARE(json["mean"][1]["ssim"].get<double>(), 1.0);
        QCOMPARE(json["pictures"][0]["quantized"][0]["perceptual"].get<double>(), pictures[0].metrics[0].perceptual);
        QVERIFY(json["pictures"][0]["full_agreement"].is_null()); // no emoji is named
        QVERIFY(json["pictures"][0]["full_class"].is_null());     // the pictures are not of the evaluator's size
        QVERIFY(json["pictures"][0]["quantized"][0]["class"].is_null() && json["mean"][0]["salience"].is_null());
        QVERIFY(json["mean"][0]["agreement"].is_null() && json["full"]["agreement"].is_null());
        QVERIFY(json["mean"][0]["frechet"].get<double>() > 0);
        QVERIFY(json["mean"][1]["frechet"].get<double>() < 1e-9);
    }

    void theQualityOfARecipeIsThatOfAllItsPictures() {
        constexpr double kExact = std::numeric_limits<double>::infinity();
        std::vector<ComparedPicture> pictures(3);
        pictures[0].metrics = {{30, 0.9, 0.1}};
        pictures[1].metrics = {{20, 0.6, 0.5}};
        pictures[2].metrics = {{kExact, 1.0, 0.0}};
        for (std::size_t i = 0; i < 3; ++i) {
            pictures[i].quantized.resize(1);
            pictures[i].fullVerdict = {{double(i)}, Agreement{0.5, 1}};
            pictures[i].verdicts = {{{double(i) + 2}, Agreement{0.25, int(i) + 4}}};
        }
        pictures[1].verdicts[0].agreement.reset(); // its prompt names nothing
        const auto quality = qualityOf(pictures);
        const auto& recipe = quality.recipes.at(0);
        QCOMPARE(recipe.mean.psnr, 25.0);
        QCOMPARE(recipe.exact, std::size_t(1));
        QCOMPARE(recipe.mean.ssim, 2.5 / 3);
        QCOMPARE(recipe.mean.perceptual, 0.2);
        QCOMPARE(*recipe.frechet, 4.0); // the same spread, the means 2 apart
        QCOMPARE(recipe.agreement->pictures, 2);
        QCOMPARE(recipe.agreement->top5, 0.5);
        QCOMPARE(quality.full->top1, 1.0);
        QVERIFY(!qualityOf({pictures[0]}).recipes.at(0).frechet); // one picture has no spread
        QVERIFY(std::isinf(qualityOf({pictures[2]}).recipes.at(0).mean.psnr));
        QVERIFY(!support::failureOf(ldm::ErrorKind::BadInput, [] { qualityOf({}); }).empty());
    }

    void withoutTheEvaluatorNothingIsCompared() {
        quant::Simulation simulation(support::tinyModel());
        const QByteArray resources = qgetenv("NOISEFLOOR_RESOURCES");
        qputenv("NOISEFLOOR_RESOURCES", m_folder.path().toLocal8Bit());
        const auto sentence =
            support::failureOf(ldm::ErrorKind::BadInput, [&] { compare(simulation, requestOf({"w8"})); });
        qputenv("NOISEFLOOR_RESOURCES", resources);
        QVERIFY2(sentence.find("evaluator.json") != std::string::npos, sentence.c_str());
    }

    void anExistingFolderIsKeptUnlessOverwritten() {
        const auto request = requestOf({"w8"});
        const ldm::Picture grey{{16, 16, std::vector<std::uint8_t>(16 * 16 * 3, 128)}, {}};
        const Seen seen = see(Evaluator::embedded(), grey);
        std::vector<ComparedPicture> pictures(1);
        pictures[0].full = grey;
        pictures[0].quantized = {grey};
        pictures[0].metrics = {compareImages(grey, grey, seen, seen)};
        pictures[0].fullVerdict.features = seen.perception.features;
        pictures[0].verdicts = {pictures[0].fullVerdict};
        const auto folder = target("kept");
        fs::create_directory(folder);
        std::ofstream(folder / "mine.txt") << "mine";
        const auto write = [&](bool overwrite) {
            writeComparison(request, pictures, support::tinyModel().info(), folder, overwrite);
        };
        QVERIFY(!support::failureOf(ldm::ErrorKind::WriteFailed, [&] { write(false); }).empty());
        QVERIFY(!support::failureOf(ldm::ErrorKind::WriteFailed, [&] { write(true); }).empty());
        QCOMPARE(namesIn(folder), std::set<std::string>{"mine.txt"});
        fs::rename(folder / "mine.txt", folder / kMetricsFile); // an older comparison
        write(true);
        QVERIFY(namesIn(folder).count("sheet.png") == 1);
    }

    void aStoppedComparisonKeepsTheFinishedPrompts() {
        quant::Simulation simulation(support::tinyModel());
        const auto request = requestOf({"w8"});
        std::stop_source source;
        const auto pictures = compare(simulation, request, source.get_token(), [&](const ldm::Progress& progress) {
            if (progress.done * 2 > progress.total) source.request_stop(); // in the second prompt
        });
        QCOMPARE(pictures.size(), std::size_t(1));
    }

    void nothingFinishedIsNothingWritten() {
        const auto folder = target("none");
        QVERIFY(!support::failureOf(ldm::ErrorKind::Failed, [&] {
                     writeComparison(requestOf({"w8"}), {}, support::tinyModel().info(), folder, false);
                 }).empty());
        QVERIFY(!fs::exists(folder));
    }

private:
    fs::path target(const std::string& name) const { return fs::path(m_folder.path().toStdString()) / name; }
    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(CompareTest)
#include "tst_compare.moc"
