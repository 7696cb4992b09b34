#include "cases.h"

#include <analysis/endtoend.h>

using namespace analysis;
using support::tinyModel;
using support::tinySettings;

namespace {

quant::Recipe uniformRecipe(const std::string& format) {
    quant::Recipe recipe;
    recipe.name = format;
    recipe.base = quant::parseFormat(format);
    return recipe;
}

} // namespace

class EndToEndTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fullPrecisionIsExactAndFewerBitsAreNoisier() {
        EndToEnd endToEnd(tinyModel(), tinySettings({Metric::Final}, "w8"));
        QCOMPARE(endToEnd.measure(uniformRecipe("fp32")).value(), kExact);
        const double eight = endToEnd.measure(uniformRecipe("w8")).value();
        const double four = endToEnd.measure(uniformRecipe("w4")).value();
        QVERIFY2(eight > four + 10, qPrintable(QString("%1 %2").arg(eight).arg(four)));
        QCOMPARE(endToEnd.measure(uniformRecipe("w8")).value(), eight);
    }

    void aRecipeOfOneBlockIsThatRowOfTheFinalMap() {
        const ldm::Model model = tinyModel();
        const Analysis analysis = support::measured(model, tinySettings({Metric::Final}, "w4"));
        EndToEnd endToEnd(model, analysis.settings);
        for (const int row : {1, int(analysis.blocks.size()) / 2}) {
            quant::Recipe recipe = uniformRecipe("fp32");
            recipe.rules.push_back({analysis.blocks[std::size_t(row)].id, quant::WeightFormat::Int4, {}, {}, ""});
            const double db = endToEnd.measure(recipe).value();
            const double expected = analysis.maps.front().grid.at(row, 0);
            QVERIFY2(std::abs(db - expected) < 0.1, qPrintable(QString("%1 %2").arg(db).arg(expected)));
        }
    }

    void anAnalysisWithFinalAlsoKnowsUniformRecipes() {
        const ldm::Model model = tinyModel();
        const Analysis analysis = support::measured(model, tinySettings({Metric::Final}, "w8,w4"));
        QVERIFY(analysis.complete());
        QCOMPARE(analysis.uniform.size(), std::size_t(2 * (1 + 3)));
        EndToEnd endToEnd(model, analysis.settings);
        for (const UniformResult& result : analysis.uniform) {
            quant::Recipe recipe = uniformRecipe("fp32");
            const auto timestep = [&](int column) { return analysis.timesteps[std::size_t(column)]; };
            recipe.rules.push_back(
                {"**",
                 result.format.weights,
                 {},
                 {{timestep(result.columns.first + result.columns.count - 1), timestep(result.columns.first)}},
                 ""});
            const double db = endToEnd.measure(recipe).value();
            QVERIFY2(std::abs(db - result.db) < 0.1, qPrintable(QString("%1 %2").arg(db).arg(result.db)));
        }
        QVERIFY(parseAnalysis(toJson(analysis), "a.json").uniform == analysis.uniform);
    }

    void progressCountsUpAndAStopGivesNothing() {
        EndToEnd endToEnd(tinyModel(), tinySettings({Metric::Final}, "w8"));
        std::stop_source stop;
        int reports = 0;
        const auto stopping = [&](const ldm::Progress&) {
            if (++reports == 3) stop.request_stop();
        };
        QVERIFY(!endToEnd.measure(uniformRecipe("w4"), stop.get_token(), stopping));
        std::string stage;
        std::int64_t last = 0;
        const auto result = endToEnd.measure(uniformRecipe("w4"), {}, [&](const ldm::Progress& progress) {
            if (progress.what != stage) last = 0;
            stage = progress.what;
            QVERIFY(progress.done > last && progress.done <= progress.total);
            last = progress.done;
        });
        QVERIFY(result.has_value());
    }

    void salienceWeighsErrorsByWhatIsRecognised() {
        AnalysisSettings settings = tinySettings({Metric::Final}, "w4");
        settings.prompts = {"frog"};
        settings.negative.reset();
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        EndToEnd even(model, settings);
        EndToEnd weighted(model, settings, Weighting::Salience);
        QCOMPARE(weighted.measure(uniformRecipe("fp32")).value(), kExact);
        const double db = weighted.measure(uniformRecipe("w4")).value();
        QVERIFY(std::isfinite(db));
        QVERIFY(std::abs(db - even.measure(uniformRecipe("w4")).value()) > 0.01);
        QVERIFY(weighted.measure(uniformRecipe("w8")).value() > db);
        QCOMPARE(weighted.measure(uniformRecipe("w4")).value(), db);
    }

    void whatIsNotRecognisedCannotBeWeighted() {
        EndToEnd endToEnd(tinyModel(), tinySettings({Metric::Final}, "w8"), Weighting::Salience);
        const auto said = support::failureOf(ldm::ErrorKind::BadInput, [&] { endToEnd.measure(uniformRecipe("w8")); });
        QVERIFY2(said.find("a red circle") != std::string::npos, said.c_str());
        QCOMPARE(support::failureOf(ldm::ErrorKind::BadInput, [&] { endToEnd.measure(uniformRecipe("w8")); }), said);
    }

    void recipesOfAnotherModelAreRefused() {
        EndToEnd endToEnd(tinyModel(), tinySettings({Metric::Final}, "w8"));
        quant::Recipe recipe = uniformRecipe("w8");
        recipe.model.fingerprint = "sha256:other";
        QVERIFY(!support::failureOf(ldm::ErrorKind::BadInput, [&] { endToEnd.measure(recipe); }).empty());
    }
};

NOISEFLOOR_TEST(EndToEndTest)
#include "tst_endtoend.moc"
